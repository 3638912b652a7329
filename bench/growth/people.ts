// Names as they are in Japanese companies: few surnames and few words of office make up most of them, so that the pieces of
// any name are shared by many others. The same number always gives the same name.

const surnames = [
  "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口", "松本", "井上", "木村", "林", "斎藤", "清水",
  "山崎", "森", "池田", "橋本", "阿部", "石川", "山下", "中島", "石井", "小川", "前田", "岡田", "長谷川", "藤田", "後藤", "近藤", "村上", "遠藤", "青木", "坂本",
];
const givenNames = [
  "太郎", "花子", "健太", "健太郎", "美咲", "翔太", "陽子", "直樹", "恵子", "大輔", "由美", "誠", "裕子", "隆", "智子", "浩二", "明美", "健一", "幸子", "拓也",
  "真由美", "和也", "久美子", "達也", "直美", "哲也", "京子", "剛", "香織", "修",
];
const offices = ["経理", "総務", "営業", "財務", "人事", "資材", "業務", "本社経理", "第一営業", "第二営業"];
const roles = ["担当者", "担当役席者", "部長", "課長", "係長", "主任", "部長代理", "承認者"];
const companyWords = ["山田", "東海", "日本", "中央", "大和", "三河", "名古屋", "豊田", "岡崎", "尾張", "共栄", "丸善", "栄光", "富士", "平和"];
const trades = ["商事", "工業", "建設", "製作所", "運輸", "電機", "食品", "不動産", "印刷", "化学", "産業", "物産"];
const syllables = [
  "a", "i", "u", "ka", "ki", "ku", "ke", "ko", "sa", "si", "su", "se", "so", "ta", "ti", "te", "to", "na", "ni", "no", "ha", "hi", "fu", "ho", "ma", "mi", "mu",
  "mo", "ya", "yu", "yo", "ra", "ri", "ru", "re", "wa", "ga", "go", "da", "ji",
];

/** A number that follows from `seed` and looks as if it didn't: 0 to 2³² − 1. */
export function scattered(seed: number): number {
  let x = (seed ^ 0x9e3779b9) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const oneOf = (list: readonly string[], seed: number) => list[scattered(seed) % list.length] ?? "";
/** The first ones oftener than the last. */
const weighted = (list: readonly string[], seed: number) => list[Math.floor((scattered(seed) / 2 ** 32) ** 2 * list.length)] ?? "";

/** Half of the IDs bear a person's name, the others an office's; one in ten thousand is called like nobody else. */
export function displayName(number: number): string {
  const seed = number * 7;
  if (number % 10_000 === 1_234) return `綾小路${oneOf(givenNames, seed + 1)}`;
  if (scattered(seed + 1) % 2 === 0) return `${weighted(surnames, seed + 2)}${scattered(seed + 3) % 3 === 0 ? "　" : ""}${weighted(givenNames, seed + 4)}`;
  return `${weighted(offices, seed + 5)}${weighted(roles, seed + 6)}`;
}

export function companyName(number: number): string {
  const name = `${oneOf(companyWords, number * 3)}${oneOf(trades, number * 3 + 1)}${number % 4 === 0 ? oneOf(companyWords, number * 3 + 2) : ""}`;
  return scattered(number) % 2 === 0 ? `株式会社${name}` : `${name}株式会社`;
}

/** How the login IDs of so many contracts begin: sorted, none the beginning of another followed by a digit. */
export function loginPrefixes(count: number): string[] {
  const prefixes = new Set<string>();
  for (let seed = 1; prefixes.size < count; seed++) {
    prefixes.add([0, 1, 2].map((place) => oneOf(syllables, seed * 5 + place)).join(""));
  }
  return [...prefixes].sort();
}
