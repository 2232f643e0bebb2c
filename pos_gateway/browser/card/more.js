/** The page with the rest: the link to one's tickets for who collects them, and whose one collects. */

import { notify } from "../notice.js";
import { say } from "../words.js";
import { byId, element } from "./element.js";
import { Kept } from "./kept.js";

/** Start the page. */
export async function startMore({ member }) {
  byId("invite")?.addEventListener("click", () => invite(member));
  const kept = await Kept.open(member);
  const family = Object.entries((await kept.get("family")) ?? {});
  if (family.length === 0) return;
  byId("family").replaceChildren(
    element("h2", {}, say("我替谁领", "For whom I collect")),
    element("ul", { class: "list open box rows" }, ...family.map(familyLink)),
  );
}

async function invite(member) {
  const url = new URL(`/card/family/${member}`, location.origin).href;
  const title = say("请替我领票", "Please collect my tickets");
  if (navigator.share) {
    await navigator.share({ title, url }).catch(() => {});
    return;
  }
  await navigator.clipboard.writeText(url);
  notify(say("链接已复制，发给家人就行。", "The link is copied. Send it to them."), "good");
}

function familyLink([member, name]) {
  const text = say("{name}的票", "Tickets of {name}", { name: name || member });
  return element("li", {}, element("a", { href: `/card/family/${member}` }, text));
}
