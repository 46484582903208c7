// A form with data-ask is sent only once its question was answered.
export function askFirst(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const question = (event.submitter as HTMLElement | null)?.dataset.ask ?? form.dataset.ask;
  if (!question || form.dataset.asked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = document.createElement("dialog");
  const [yes, no] = [document.createElement("button"), document.createElement("button")];
  const text = document.createElement("p");
  text.textContent = question;
  text.id = "question";
  dialog.setAttribute("aria-labelledby", text.id);
  const row = document.createElement("p");
  row.className = "row";
  yes.textContent = event.submitter?.textContent?.trim() ?? "OK";
  yes.className = "button danger";
  no.textContent = document.body.dataset.keep ?? "Cancel";
  no.className = "button";
  row.append(no, yes);
  dialog.append(text, row);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    form.dataset.asked = "yes";
    dialog.close();
    form.requestSubmit(event.submitter as HTMLElement | null);
    delete form.dataset.asked;
  });
  dialog.showModal();
  no.focus();
}
