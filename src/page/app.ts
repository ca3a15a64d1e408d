/** The server's own page. */

import { find } from "./dom.ts";
import { startFiles } from "./files/view.ts";
import { askForKey } from "./keys.ts";
import { startLive } from "./live/view.ts";
import { startModels } from "./models/view.ts";
import { useKeyQuestion } from "./server.ts";
import { startStatus } from "./status/view.ts";
import { startTabs } from "./tabs.ts";

useKeyQuestion(askForKey);
startLive();
startFiles();
const models = startModels();
const status = startStatus();
startTabs(find("tabs", HTMLElement), {
  models: { shown: models.show, hidden: () => {} },
  status: { shown: status.show, hidden: status.hide },
});
