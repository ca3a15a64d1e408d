/**
 * The languages Whisper knows, by the names its tokenizer gives them (openai/whisper, tokenizer.py), with the ISO 639-2/3
 * codes and the further spellings that clients send.
 */

export interface Language {
  /** The code that Whisper uses: ISO 639-1 but for `haw`, `yue`, and `jw` (which ISO calls `jv`). */
  code: string;
  /** English name, lower case. */
  name: string;
  /** Three-letter codes, retired codes and other names. */
  aliases: readonly string[];
}

// code, name, aliases: in the order of Whisper's language tokens.
const TABLE = `
en english eng | zh chinese zho chi cmn mandarin | de german deu ger | es spanish spa castilian | ru russian rus
ko korean kor | fr french fra fre | ja japanese jpn | pt portuguese por | tr turkish tur | pl polish pol
ca catalan cat valencian | nl dutch nld dut flemish vls | ar arabic ara arb | sv swedish swe | it italian ita
id indonesian ind in | hi hindi hin | fi finnish fin | vi vietnamese vie | he hebrew heb iw | uk ukrainian ukr
el greek ell gre | ms malay msa may zsm | cs czech ces cze | ro romanian ron rum moldavian moldovan mo | da danish dan
hu hungarian hun | ta tamil tam | no norwegian nor nb nob bokmal bokmål | th thai tha | ur urdu urd | hr croatian hrv
bg bulgarian bul | lt lithuanian lit | la latin lat | mi maori mri mao | ml malayalam mal | cy welsh cym wel
sk slovak slk slo | te telugu tel | fa persian fas per pes farsi | lv latvian lav lvs | bn bengali ben bangla
sr serbian srp | az azerbaijani aze azj | sl slovenian slv slovene | kn kannada kan | et estonian est ekk
mk macedonian mkd mac | br breton bre | eu basque eus baq | is icelandic isl ice | hy armenian hye arm
ne nepali nep npi | mn mongolian mon khk | bs bosnian bos | kk kazakh kaz | sq albanian sqi alb | sw swahili swa swh
gl galician glg | mr marathi mar | pa punjabi pan panjabi | si sinhala sin sinhalese | km khmer khm | sn shona sna
yo yoruba yor | so somali som | af afrikaans afr | oc occitan oci | ka georgian kat geo | be belarusian bel
tg tajik tgk | sd sindhi snd | gu gujarati guj | am amharic amh | yi yiddish yid ji | lo lao | uz uzbek uzb
fo faroese fao | ht haitian-creole hat haitian | ps pashto pus pushto | tk turkmen tuk | nn nynorsk nno | mt maltese mlt
sa sanskrit san | lb luxembourgish ltz letzeburgesch | my myanmar mya bur burmese | bo tibetan bod tib
tl tagalog tgl fil filipino | mg malagasy mlg | as assamese asm | tt tatar tat | haw hawaiian | ln lingala lin
ha hausa hau | ba bashkir bak | jw javanese jav jv | su sundanese sun | yue cantonese zh-yue`;

export const LANGUAGES: readonly Language[] = TABLE.split(/[|\n]/)
  .map((entry) => entry.trim().split(" "))
  .filter((fields): fields is [string, string, ...string[]] => fields.length > 1)
  .map(([code, name, ...aliases]) => ({ code, name: name.replace("-", " "), aliases }));

const NAMES = new Map(LANGUAGES.map(({ code, name }) => [code, name]));
const CODES = new Map(
  LANGUAGES.flatMap(({ code, name, aliases }) => [code, name, ...aliases].map((key) => [key, code])),
);

/** The English name of a Whisper language code, lower case: `en` is `english`. */
export function languageName(code: string): string {
  return NAMES.get(code) ?? code;
}

/**
 * The Whisper code for a code, a three-letter code, a region tag (`pt-BR`) or an English name, in any case; `auto` for the
 * wish to have it detected (`auto`, `detect` or nothing), undefined for what is no language of Whisper's.
 */
export function parseLanguage(text: string): string | undefined {
  const key = text.trim().toLowerCase().replaceAll("_", "-");
  if (key === "" || key === "auto" || key === "detect") return "auto";
  const exact = CODES.get(key) ?? CODES.get(key.replaceAll("-", " "));
  if (exact !== undefined) return exact;
  // RFC 5646: the language comes first; an extended language subtag (zh-yue-HK) is more exact than it.
  const [language = "", extended = ""] = key.split("-");
  if (!/^[a-z]{2,3}$/.test(language) || key.split("-").some((part) => !/^[a-z0-9]{1,8}$/.test(part))) return undefined;
  return CODES.get(`${language}-${extended}`) ?? CODES.get(language);
}
