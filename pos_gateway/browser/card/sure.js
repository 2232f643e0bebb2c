/** A question before something that cannot be undone. */

import { say } from "../words.js";
import { button, element } from "./element.js";

/**
 * @param {{title: string, text: string, yes: string}} words
 * @returns {Promise<boolean>} whether the answer is yes
 */
export function askFirst({ title, text, yes }) {
  return new Promise((resolve) => {
    const dialog = element("dialog", { "aria-labelledby": "sure" });
    const end = (sure) => () => {
      resolve(sure);
      dialog.close();
    };
    dialog.append(
      element("h2", { id: "sure" }, title),
      element("p", {}, text),
      element(
        "div",
        { class: "form" },
        button(yes, end(true), "danger"),
        button(say("不，返回", "No, go back"), end(false), "quiet", { autofocus: true }),
      ),
    );
    dialog.addEventListener("close", () => {
      resolve(false);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
