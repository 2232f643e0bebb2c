/** The page with the rest: the link to one's tickets, for who collects them. */

import { notify } from "../notice.js";
import { say } from "../words.js";
import { byId } from "./element.js";

/** Start the page. */
export function startMore({ member }) {
  const invite = byId("invite");
  invite?.addEventListener("click", async () => {
    const url = new URL(`/card/family/${member}`, location.origin).href;
    const title = say("请替我领票", "Please collect my tickets");
    if (navigator.share) {
      await navigator.share({ title, url }).catch(() => {});
      return;
    }
    await navigator.clipboard.writeText(url);
    notify(say("链接已复制，发给家人就行。", "The link is copied. Send it to them."), "good");
  });
}
