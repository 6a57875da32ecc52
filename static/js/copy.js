// [data-copy="#id"] copies that box. On plain http there is no navigator.clipboard, so execCommand stays.
(function () {
  "use strict";
  const { closest, make } = window.shuke;

  const byCommand = (text) => {
    const box = make("textarea", { readonly: "", class: "vh" });
    box.value = text;
    document.body.append(box);
    box.select();
    box.setSelectionRange(0, text.length);
    const done = document.execCommand("copy");
    box.remove();
    return done;
  };

  document.addEventListener("click", async (event) => {
    const button = closest(event, "[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    const text = "value" in source ? source.value : source.textContent.trim();
    let done = byCommand(text);
    button.focus();
    if (!done && navigator.clipboard) done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (done && button.dataset.copied) button.textContent = button.dataset.copied;
    if (!done && source.select) source.select();
  });
})();
