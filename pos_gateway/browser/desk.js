// The pages of the desk and of a merchant's owner: htmx, kept within the content policy.
import htmx from "htmx.org";

import { openDialogs } from "./dialogs.js";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  historyCacheSize: 0,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  timeout: 10_000,
});

openDialogs();
