// Shows, before the time is spent, how the chosen person stands against her limit ([data-limit] of the log page).
(function () {
  "use strict";
  const { say } = window.shuke;
  const line = document.querySelector("[data-limit]");
  if (!line) return;
  const form = line.closest("form");

  const refresh = () => {
    const who = form.querySelector('input[name="who"]:checked');
    const minutes = form.querySelector('input[name="minutes"]:checked');
    line.hidden = !(who && who.dataset.cap && minutes);
    if (line.hidden) return;
    const used = Number(who.dataset.used);
    const cap = Number(who.dataset.cap);
    const after = used + Number(minutes.value);
    line.textContent = say("limit", { name: who.parentElement.textContent.trim(), used, cap, after });
    line.classList.toggle("notice-amber", after >= cap * 0.8 && after <= cap);
    line.classList.toggle("notice-red", after > cap);
  };

  form.addEventListener("change", () => setTimeout(refresh));
  refresh();
})();
