/** A county of the simulated fleet, with streets and places as one finds them there. */
export interface County {
  /** Administrative division code. */
  readonly code: string;
  readonly name: string;
  /** Its published plan, by the id of the profile in `policies/`. */
  readonly policy: string;
  /** Province and city in front of an address. */
  readonly within: string;
  readonly streets: readonly string[];
  readonly estates: readonly string[];
  readonly firms: readonly string[];
}

/** Places with lifts everywhere; tall ones are dwellings. */
export const PUBLIC_SITES = [
  '人民医院',
  '中医院',
  '政务服务中心',
  '购物广场',
  '客运中心',
  '第一中学',
  '图书馆',
] as const;

/** The five counties whose plans Liftwarden's policy profiles come from (DOMAIN §1). */
export const COUNTIES: readonly County[] = [
  {
    code: '411330',
    name: '桐柏县',
    policy: 'tongbai-2022',
    within: '河南省南阳市',
    streets: ['淮源大道', '大同路', '世纪大道', '文化路', '淮河路', '新华街', '三源大道'],
    estates: ['淮源新城', '盘古花园', '桐柏山庄', '翡翠城', '锦绣淮源', '东方明珠小区', '水岸豪庭'],
    firms: ['桐柏县安捷电梯服务有限公司', '南阳宛通电梯工程有限公司'],
  },
  {
    code: '420103',
    name: '江汉区',
    policy: 'jianghan',
    within: '湖北省武汉市',
    streets: ['建设大道', '新华路', '青年路', '解放大道', '常青路', '唐家墩路', '发展大道'],
    estates: ['常青花园', '香江新村', '菱湖上品', '万松园小区', '泛海国际', '西北湖公寓', '红旗渠花园'],
    firms: ['武汉江汉恒升电梯有限公司', '湖北楚安电梯维保有限公司'],
  },
  {
    code: '500231',
    name: '垫江县',
    policy: 'dianjiang-2021',
    within: '重庆市',
    streets: ['桂西大道', '工农路', '人民东路', '明月大道', '月阳路', '牡丹大道', '凤山路'],
    estates: ['牡丹湖畔', '明月华庭', '桂溪名都', '金色华府', '凤山雅居', '滨河丽景', '御景江山'],
    firms: ['重庆垫江顺达电梯有限公司', '重庆渝升特种设备维保有限公司'],
  },
  {
    code: '330922',
    name: '嵊泗县',
    policy: 'shengsi-2023',
    within: '浙江省舟山市',
    streets: ['沙河路', '东海路', '望海路', '海滨中路', '云龙路', '菜园路', '大悲山路'],
    estates: ['望海花园', '菜园新村', '金海湾小区', '碧海家园', '渔港名苑', '海韵公寓', '蓝湾小区'],
    firms: ['舟山海诚电梯工程有限公司', '嵊泗县列岛电梯服务有限公司'],
  },
  {
    code: '640221',
    name: '平罗县',
    policy: 'pingluo-2019',
    within: '宁夏回族自治区石嘴山市',
    streets: ['玉皇阁大道', '民族大街', '鼓楼东街', '宝丰路', '怀远街', '人民路', '唐徕大街'],
    estates: ['玉皇阁小区', '塞上明珠', '唐徕花园', '金顺家园', '民生佳苑', '怀远新居', '翠竹苑'],
    firms: ['平罗县塞安电梯有限公司', '宁夏凯旋电梯安装维修有限公司'],
  },
];
