/** `verbatim licenses` */
import { assetFile } from "../assets/assets.ts";
import { type Command, EXIT } from "./command.ts";

export const licenses: Command = {
  name: "licenses",
  summary: "Show the licences of what this program contains.",
  usage: [""],
  options: [],
  sections: [],
  async run({ terminal }) {
    terminal.out(await assetFile("licences", "THIRD-PARTY.txt").text());
    return EXIT.ok;
  },
};
