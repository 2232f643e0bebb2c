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

// The strip of areas scrolls on a phone: the area in hand is in sight.
document.querySelector("nav.areas.many [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
