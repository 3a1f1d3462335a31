/** Texts of the findings, in each language: part of the catalogues. */
export const findingZhCN = {
  'figures.tab.findings': '疑似违规',
  'findings.title': '{where}的疑似违规（{period}）',
  'findings.kind': '线索种类',
  'findings.count': '次数',
  'findings.empty': '没有发现这类线索',
  'findings.notForScope': '线索按行政区划、维保单位或电梯查看，请换一种统计范围。',
  'findings.showRows': '查看 {count} 行依据',
  'findings.firstRows': '只列出前 {count} 行',
  'findings.toRows': '到指标中查看这些行',
  'finding.hidden-by-inspection': '以检修掩盖故障',
  'finding.faked-faults': '无故障报故障',
  'finding.fake-maintenance': '虚假维保',
  'finding.repeat-entrapments-month': '月内重复困人',
  'finding.repeat-entrapments-year': '年内重复困人',
  'findingHint.hidden-by-inspection':
    '同一电梯有 3 次以上故障因处于检修模式而未告警，正常检修难以解释。只是线索，需要核实。',
  'findingHint.faked-faults': '终端上报、经核实判为误报的故障。只是线索，需要核实。',
  'findingHint.fake-maintenance':
    '有维保记录，但当天终端既没有看到检修模式，也没有看到门动作。终端当天没有数据的不列入。只是线索，需要核实。',
  'findingHint.repeat-entrapments-month': '一个月内困人工单达 2 件以上的电梯。',
  'findingHint.repeat-entrapments-year': '一年内困人工单达 4 件以上的电梯。',
};

export const findingEn: Readonly<Record<keyof typeof findingZhCN, string>> = {
  'figures.tab.findings': 'Bad practice',
  'findings.title': 'Signs of bad practice: {where}, {period}',
  'findings.kind': 'Kind of sign',
  'findings.count': 'Times',
  'findings.empty': 'No such sign was found',
  'findings.notForScope': 'Signs are looked up by district, firm or lift: choose another scope.',
  'findings.showRows': 'Show what it rests on ({count})',
  'findings.firstRows': 'The first {count} only',
  'findings.toRows': 'See these rows among the figures',
  'finding.hidden-by-inspection': 'Faults hidden by inspection',
  'finding.faked-faults': 'Faked faults',
  'finding.fake-maintenance': 'Fake maintenance',
  'finding.repeat-entrapments-month': 'Repeated entrapments in a month',
  'finding.repeat-entrapments-year': 'Repeated entrapments in a year',
  'findingHint.hidden-by-inspection':
    'Three or more faults of one lift raised no alarm because it was in inspection mode: more than work ' +
    'explains. A sign, no proof.',
  'findingHint.faked-faults':
    'Faults that the terminal reported and that were judged false. A sign, no proof.',
  'findingHint.fake-maintenance':
    'A visit on record, while that day the terminal saw neither inspection mode nor a door movement. Days of ' +
    'which it said nothing are left out. A sign, no proof.',
  'findingHint.repeat-entrapments-month': 'Lifts with two or more orders of entrapment in a month.',
  'findingHint.repeat-entrapments-year': 'Lifts with four or more orders of entrapment in a year.',
};
