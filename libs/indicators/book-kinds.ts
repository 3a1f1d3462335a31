import { ORDER_KINDS } from '#domain';
import {
  type CellValue,
  choiceColumn,
  dateColumn,
  flagColumn,
  type ImportColumn,
  instantColumn,
  textColumn,
  wholeColumn,
} from '#fleet';

/** Books that are taken in by file and by API. The first column of each is its key. */
export const BOOK_KINDS = ['orders', 'inspections', 'maintenance', 'out-of-service'] as const;
export type BookKind = (typeof BOOK_KINDS)[number];

export const CHANNELS = [
  'phone',
  'property-staff',
  'maintenance-staff',
  'terminal',
  'mini-programme',
  'other',
] as const;
/** DOMAIN §5: eleven classes, two of them by what people or the surroundings did. */
export const CAUSES = [
  'safety-devices',
  'installation',
  'guiding',
  'electrical',
  'car',
  'control',
  'door-system',
  'traction',
  'human-rubbish',
  'human-rough-handling',
  'human-renovation-waste',
  'human-overload',
  'human-door-held',
  'external-power-cut',
  'external-water',
  'external-machine-room-heat',
  'external-recovered',
  'other',
] as const;
export const METHODS = ['opened-at-level', 'door-forced', 'hand-winding', 'balance-weight'] as const;
export const MAINTENANCE_KINDS = ['half-month', 'quarter', 'half-year', 'year', 'on-demand'] as const;

const NUMBER_RULE = {
  accepts: (text: string) => /^[\p{L}\p{N}._/-]{1,64}$/u.test(text),
  says: '1 to 64 letters, digits or . _ / -',
};
const LIFT_RULE = {
  accepts: (text: string) => /^[A-Za-z0-9-]{1,32}$/.test(text),
  says: 'a registration code',
};
const FIRM_RULE = {
  accepts: (text: string) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text),
  says: '1 to 64 of A–Z a–z 0–9 . _ -, a letter or digit first',
};
const LINE_RULE = {
  accepts: (text: string) => text.length <= 200 && !/\p{Cc}/u.test(text),
  says: 'at most 200 characters on one line',
};
const DAY_RULE = {
  accepts: (text: string) => !Number.isNaN(Date.parse(`${text}T00:00:00Z`)),
  says: 'a date YYYY-MM-DD',
};

const number = (...zh: readonly string[]) =>
  textColumn({ field: 'number', zh: [...zh, '编号'], required: true }, NUMBER_RULE);
const LIFT = textColumn(
  { field: 'lift', zh: ['注册代码', '电梯注册代码', '设备代码'], en: ['registrationCode'], required: true },
  LIFT_RULE,
);
const ORDER_NAMES = new Map([
  ['困人', 'entrapment'],
  ['故障', 'fault'],
  ['投诉', 'complaint'],
  ['咨询', 'enquiry'],
  ['自行脱困', 'self-freed'],
  ['误报', 'false'],
]);
const CHANNEL_NAMES = new Map([
  ['电话', 'phone'],
  ['110', 'phone'],
  ['96333', 'phone'],
  ['物业', 'property-staff'],
  ['维保', 'maintenance-staff'],
  ['终端', 'terminal'],
  ['小程序', 'mini-programme'],
  ['其他', 'other'],
]);
const VISIT_NAMES = new Map([
  ['半月', 'half-month'],
  ['季度', 'quarter'],
  ['半年', 'half-year'],
  ['年度', 'year'],
  ['按需', 'on-demand'],
]);

export const BOOK_COLUMNS: Readonly<Record<BookKind, readonly ImportColumn[]>> = {
  orders: [
    number('工单号', '工单编号'),
    LIFT,
    choiceColumn({ field: 'kind', zh: ['工单类型', '类型'], required: true }, ORDER_KINDS, ORDER_NAMES),
    choiceColumn({ field: 'channel', zh: ['报警渠道', '渠道', '来源'] }, CHANNELS, CHANNEL_NAMES),
    instantColumn({ field: 'calledAt', zh: ['报警时间', '接警时间'], required: true }),
    instantColumn({ field: 'dispatchedAt', zh: ['派单时间'] }),
    instantColumn({ field: 'answeredAt', zh: ['响应时间'] }),
    instantColumn({ field: 'arrivedAt', zh: ['到场时间', '到达时间'] }),
    instantColumn({ field: 'freedAt', zh: ['解救时间', '救出时间'] }),
    instantColumn({ field: 'calledBackAt', zh: ['回访时间'] }),
    instantColumn({ field: 'closedAt', zh: ['办结时间'] }),
    wholeColumn({ field: 'tier', zh: ['救援级别', '响应级别'] }, 1, 3),
    choiceColumn({ field: 'cause', zh: ['困人原因', '原因'] }, CAUSES, new Map()),
    choiceColumn({ field: 'method', zh: ['救援方式'] }, METHODS, new Map()),
    wholeColumn({ field: 'people', zh: ['被困人数', '人数'] }, 0, 1_000),
  ],
  inspections: [
    number('报告编号'),
    LIFT,
    dateColumn({ field: 'inspectedOn', zh: ['检验日期'], required: true }, DAY_RULE),
    flagColumn(
      { field: 'passed', zh: ['检验结论', '合格'], required: true },
      ['合格', '是'],
      ['不合格', '否'],
    ),
  ],
  maintenance: [
    number('记录编号', '保养编号'),
    LIFT,
    choiceColumn({ field: 'kind', zh: ['保养类型', '类型'], required: true }, MAINTENANCE_KINDS, VISIT_NAMES),
    dateColumn({ field: 'dueOn', zh: ['应保养日期', '计划日期'], required: true }, DAY_RULE),
    instantColumn({ field: 'doneAt', zh: ['完成时间', '保养时间'] }),
    textColumn({ field: 'firm', zh: ['维保单位编号', '维保单位'] }, FIRM_RULE),
    flagColumn({ field: 'signed', zh: ['已签字', '安全员签字'] }, ['是'], ['否']),
    flagColumn({ field: 'byCard', zh: ['刷卡', '刷卡保养'] }, ['是'], ['否']),
  ],
  'out-of-service': [
    number('停用编号'),
    LIFT,
    instantColumn({ field: 'fromAt', zh: ['停用时间', '开始时间'], required: true }),
    instantColumn({ field: 'toAt', zh: ['恢复时间', '结束时间'] }),
    textColumn({ field: 'reason', zh: ['停用原因', '原因'], required: true }, LINE_RULE),
  ],
};

/** Values of a row by field, as its columns read them. */
export type BookRow = Readonly<Record<string, CellValue>>;
