import { PROFILES, TERMINAL_ID_PATTERN } from '#protocol';
import {
  type CellValue,
  dateColumn,
  datumColumn,
  degreesColumn,
  type ImportColumn,
  textColumn,
  useKindColumn,
} from './import-columns.js';
import {
  ADDRESS_RULE,
  DATE_RULE,
  DISTRICT_RULE,
  ID_RULE,
  LATITUDE_MAX,
  LONGITUDE_MAX,
  NAME_RULE,
  REGISTRATION_CODE_RULE,
  RESCUE_CODE_RULE,
} from './lift-fields.js';

export const IMPORT_KINDS = ['lifts', 'districts', 'firms', 'users', 'terminals'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

const named = (zh: readonly string[]): ImportColumn =>
  textColumn({ field: 'name', zh: [...zh, '名称'], required: true }, NAME_RULE);

/** The first column of each kind is its key. A lift's are also the columns of the export. */
export const IMPORT_COLUMNS: Readonly<Record<ImportKind, readonly ImportColumn[]>> = {
  lifts: [
    textColumn(
      {
        field: 'registrationCode',
        zh: ['注册代码', '电梯注册代码', '设备代码', '使用登记证编号', '使用登记证号'],
        required: true,
      },
      REGISTRATION_CODE_RULE,
    ),
    textColumn({ field: 'rescueCode', zh: ['救援码', '救援识别码', '应急救援码'] }, RESCUE_CODE_RULE),
    textColumn({ field: 'district', zh: ['行政区划代码', '行政区划', '区划代码'] }, DISTRICT_RULE),
    textColumn({ field: 'address', zh: ['地址', '安装地址', '使用地点', '设备地址'] }, ADDRESS_RULE),
    textColumn({ field: 'site', zh: ['场所名称', '小区', '小区名称', '楼盘名称'] }, NAME_RULE),
    useKindColumn({ field: 'useKind', zh: ['使用场所', '场所类别', '使用场所类别'] }),
    dateColumn(
      { field: 'installedOn', zh: ['安装日期', '投用日期', '投入使用日期'], en: ['install date'] },
      DATE_RULE,
    ),
    textColumn({ field: 'maker', zh: ['制造单位', '制造厂家', '品牌'], en: ['manufacturer'] }, NAME_RULE),
    textColumn({ field: 'model', zh: ['型号', '规格型号'] }, NAME_RULE),
    textColumn(
      { field: 'firm', zh: ['维保单位编号', '维保单位', '维保单位代码'], en: ['maintenance firm'] },
      ID_RULE,
    ),
    textColumn({ field: 'user', zh: ['使用单位编号', '使用单位', '使用单位代码'] }, ID_RULE),
    degreesColumn({ field: 'longitude', zh: ['经度'] }, LONGITUDE_MAX),
    degreesColumn({ field: 'latitude', zh: ['纬度'] }, LATITUDE_MAX),
    datumColumn({ field: 'datum', zh: ['坐标系'] }),
  ],
  districts: [
    textColumn(
      { field: 'code', zh: ['行政区划代码', '区划代码', '代码'], en: ['district'], required: true },
      DISTRICT_RULE,
    ),
    named(['行政区划名称', '区划名称']),
  ],
  firms: [
    textColumn(
      { field: 'id', zh: ['维保单位编号', '单位编号', '编号'], en: ['firm'], required: true },
      ID_RULE,
    ),
    named(['维保单位名称', '单位名称']),
  ],
  users: [
    textColumn(
      { field: 'id', zh: ['使用单位编号', '单位编号', '编号'], en: ['user'], required: true },
      ID_RULE,
    ),
    named(['使用单位名称', '单位名称']),
  ],
  terminals: [
    textColumn(
      { field: 'id', zh: ['终端编号', '终端号', '设备编号'], en: ['terminal'], required: true },
      { accepts: (id) => TERMINAL_ID_PATTERN.test(id), says: ID_RULE.says },
    ),
    textColumn(
      { field: 'profile', zh: ['终端协议', '协议'], required: true },
      { accepts: (name) => PROFILES.has(name), says: `one of ${[...PROFILES.keys()].join(', ')}` },
    ),
    textColumn(
      { field: 'lift', zh: ['注册代码', '电梯注册代码', '设备代码'], en: ['registrationCode'] },
      REGISTRATION_CODE_RULE,
    ),
  ],
};

/** A row of a file with its values by field. A column the file does not have is not among them. */
export interface ImportRow {
  readonly line: number;
  readonly values: Readonly<Record<string, CellValue>>;
}
