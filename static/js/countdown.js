// Keeps every [data-due] going in the words the server began with. It never takes an action away.
(function () {
  "use strict";
  const { born, say } = window.shuke;

  const wordsFor = (left) => {
    const s = Math.abs(left);
    const side = left >= 0 ? "left" : "over";
    if (s < 3600) return say(side + "_minutes", { m: Math.floor(s / 60), s: s % 60 });
    return say(side + "_hours", { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
  };

  const tick = () => {
    document.querySelectorAll("[data-due]").forEach((timer) => {
      const serverNow = Date.parse(timer.dataset.now) + Date.now() - born;
      const left = Math.floor((Date.parse(timer.dataset.due) - serverNow) / 1000);
      const text = wordsFor(left);
      if (text && timer.textContent !== text) timer.textContent = text;
      timer.classList.toggle("timer-over", left < 0);
    });
  };

  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
})();
