/** Words that most broadcasters would hide, by language: stems with the endings that make other forms of the same word. */

const list = (stems: string, endings: string) =>
  new RegExp(`^(?:${stems.trim().split(/\s+/).join("|")})(?:${endings})?(?:'s|')?$`, "iu");

export const PROFANE: Readonly<Record<string, RegExp>> = {
  en: list(
    `(?:mother|mutha|cluster)?fuck fucked fuckin fucking motherfucking fucker fuckers motherfucker motherfuckers fuckwit fuckup
     (?:bull|horse|dip|bat)?shit shitty shitting shitted shitter shithead shithole shitshow asshole arsehole ass arse jackass dumbass
     smartass badass asshat bitch bitched bitching bitchy bastard cunt cock cocksucker dick dickhead prick pussy pussies
     twat wanker tosser bollocks whore slut slutty faggot fag nigger nigga kike spic chink gook wetback tranny retard retarded
     goddamn goddamned goddammit dammit damn damned tits titties piss pissed pissing jizz dildo`,
    "s|es",
  ),
  es: list(
    "puta puto putas mierda joder jodido jodida coño cabrón cabrona cabrones pendejo pendeja gilipollas chingar chingada verga hijueputa maricón",
    "s|es",
  ),
  fr: list(
    "merde putain connard connasse salope salaud enculé enculée bordel foutre pute con conne bite couille niquer",
    "s",
  ),
  de: list(
    "scheiße scheisse scheiß scheiss arschloch arschlöcher fotze hure hurensohn hurensöhne wichser ficken fickt gefickt verfickt schlampe miststück",
    "n|en|s|e|er",
  ),
  it: list(
    "cazzo merda stronzo stronza stronzi puttana troia vaffanculo coglione coglioni minchia fottuto fottuta bastardo",
    "e|i",
  ),
  pt: list("caralho merda porra puta foda fodido fodida foder buceta cacete filho-da-puta viado arrombado", "s"),
  nl: list("kut klootzak klootzakken hoer lul kanker tering godverdomme neuken mongool", "en|s"),
  ru: list("блядь бля сука суки хуй хуя хуйня пизда пиздец ебать ебаный еблан мудак мудаки нахуй гандон", "а|и|ы"),
  pl: list("kurwa kurwy chuj cipa jebać jebany jebana pierdolić pierdolony skurwysyn gówno pizda", "a|e|y"),
};
