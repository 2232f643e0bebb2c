// Dialogs of a page: <button commandfor="id" command="show-modal"> in browsers that know no command.

/** Lets every such button open its dialog; a dialog closes by its own form. */
export function openDialogs() {
  if ("command" in HTMLButtonElement.prototype) return;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.('[command="show-modal"]');
    if (opener) document.getElementById(opener.getAttribute("commandfor")).showModal();
  });
}
