/**
 * A code on a screen that is all white. No page can set the brightness of a screen: white is as
 * much light as one can ask for.
 */

/**
 * Show a drawing over the whole page until it is closed, by its button, the Escape key or a touch.
 * @param {Element} drawing
 * @param {{label: string, close: string}} words what is shown, and what the button says
 * @returns {HTMLDialogElement} its `close` event says that it is over
 */
export function showBright(drawing, { label, close }) {
  const dialog = document.createElement("dialog");
  dialog.className = "bright";
  dialog.setAttribute("aria-label", label);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = close;
  dialog.append(drawing, button);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
