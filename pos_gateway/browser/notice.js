// What happened, said at the top of the page to eyes and to screen readers.

/** Shows a text in place of the one before; `kind` is "good", "bad" or "plain". */
export function notify(text, kind = "plain", nextStep = "") {
  const region = document.getElementById("notices");
  const shown = document.createElement("p");
  shown.className = `notice ${kind}`;
  if (kind === "bad") shown.setAttribute("role", "alert");
  shown.append(strong(text));
  if (nextStep !== "") shown.append(" ", nextStep);
  region.replaceChildren(shown);
  region.scrollIntoView({ block: "nearest" });
}

/** Shows a Problem of asking.js: what is the matter, and what to do next. */
export function notifyProblem(problem) {
  notify(problem.title ?? problem.message, "bad", problem.nextStep);
}

/** The page has begun: nobody need be told that it has not. */
export function begun() {
  document.getElementById("not-started")?.remove();
}

/** Takes the notice away. */
export function clearNotice() {
  document.getElementById("notices").replaceChildren();
}

function strong(text) {
  const element = document.createElement("strong");
  element.textContent = text;
  return element;
}
