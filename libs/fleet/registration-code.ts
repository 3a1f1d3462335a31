/**
 * 注册代码, 20 characters: class 4, district 6, year and month 6, serial 4, which may hold letters
 * (`3110320107200709E722`); 设备代码, 18 digits, turns up in its place; a lift with neither uses its 使用登记证编号
 * (DOMAIN §3), which has letters of any script, digits and hyphens. The last form contains the others.
 */
const LIFT_CODE = /^[\p{L}\p{N}-]{1,32}$/u;
const LONG_CODE = /^\d{16,}/;
const REGISTRATION_CODE = /^\d{16}[0-9A-Z]{4}$/;
const EQUIPMENT_CODE = /^\d{18}$/;

/**
 * True when `text` can identify a lift. A text that begins like a registration code (16 digits) must be a
 * whole registration or equipment code: a digit too many or too few is a typing error and would make a second
 * lift.
 */
export function isRegistrationCode(text: string): boolean {
  if (LONG_CODE.test(text)) return REGISTRATION_CODE.test(text) || EQUIPMENT_CODE.test(text);
  return LIFT_CODE.test(text);
}
