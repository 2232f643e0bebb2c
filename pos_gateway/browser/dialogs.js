// Buttons that open a dialog of the page: <button data-opens="id of the dialog">.

/** Lets every such button open its dialog; a dialog closes by its own form. */
export function openDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
  });
}
