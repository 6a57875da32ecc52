// Long work: [data-poll="3"] asks its page again every three seconds and takes over its own new state. When the
// work is over the page answers 286 and is loaded once more. Without script a link does the same by hand.
(function () {
  "use strict";
  const OVER = 286;

  const ask = async (part) => {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Poll": "1" } });
      if (answer.status === OVER) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    } catch (error) {
      // No network: what is shown stays true, and the next turn asks again.
    }
    wait(part);
  };

  const wait = (part) => setTimeout(ask, 1000 * Number(part.dataset.poll), part);

  document.querySelectorAll("[data-poll]").forEach(wait);
})();
