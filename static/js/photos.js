// form[data-photos="#list"]: chosen photos go up one by one, made smaller on the phone first, so that a dozen takes seconds.
// One that gets no answer is sent again; the server knows a file that it has. Without script the form sends all at once.
(function () {
  "use strict";
  const { fill, make, token } = window.shuke;
  const form = document.querySelector("form[data-photos]");
  if (!form) return;

  const SIDE = 2048;
  const SMALL_ENOUGH = 700 * 1024;
  const ABORT_AFTER = 60000;
  const LONGEST_WAIT = 30000;
  const FAILURES_MAX = 3;
  const words = JSON.parse(form.dataset.words);
  const most = Number(form.dataset.max);
  const input = form.querySelector('input[type="file"]');
  const said = form.querySelector("[data-photos-said]");
  const refused = form.querySelector("[data-photos-refused]");
  form.querySelector("[data-photos-send]").hidden = true;

  let queue = [];
  let busy = false;
  let of = 0;
  let count = { added: 0, known: 0, refused: 0 };
  let wake = () => {};

  // The page's rules let in pictures of its own address and of data:, not of blob:.
  const asData = (file) => new Promise((give, fail) => {
    const reader = new FileReader();
    reader.onload = () => give(reader.result);
    reader.onerror = fail;
    reader.readAsDataURL(file);
  });

  // The server makes the picture smaller in any case; here it saves the way. What the phone cannot read goes up as it is.
  const smaller = async (file) => {
    if (file.size <= SMALL_ENOUGH) return file;
    try {
      const image = new Image();
      image.src = await asData(file);
      await image.decode();
      const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      const canvas = make("canvas", { width: Math.round(image.naturalWidth * scale), height: Math.round(image.naturalHeight * scale) });
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((give) => canvas.toBlob(give, "image/jpeg", 0.88));
      return blob && blob.size < file.size ? blob : file;
    } catch (error) {
      return file;
    }
  };

  const post = async (item) => {
    const body = new FormData();
    body.set("csrf_token", token());
    body.set("photos", item.blob, item.file.name);
    const abort = new AbortController();
    const stop = setTimeout(() => abort.abort(), ABORT_AFTER);
    try {
      return await fetch(form.getAttribute("action"), {
        method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" }, signal: abort.signal,
      });
    } finally {
      clearTimeout(stop);
    }
  };

  const refuse = (text) => {
    count.refused += 1;
    refused.hidden = false;
    refused.append(make("li", {}, text));
  };

  const atSignIn = (answer) =>
    [400, 401].includes(answer.status) || (answer.redirected && new URL(answer.url).pathname === "/login");

  // One attempt: done with, whatever came of it; waiting for an answer; or failed, by the server's fault.
  const attempt = async (item) => {
    let answer;
    let data = null;
    try {
      answer = await post(item);
      data = await answer.json().catch(() => null);
    } catch (error) {
      item.again = true;
      return "waiting";
    }
    if (atSignIn(answer)) throw new Error(words.signed_out);
    if (answer.status === 404) throw new Error(words.gone);
    if (answer.status === 413) refuse(fill(words.cut, { name: item.file.name }));
    else if (data && data.errors && data.errors.photos) refuse(data.errors.photos);
    else if (!answer.ok) {
      item.again = true;
      return "failed";
    } else if (!data || !data.photos) return "waiting"; // the page of a network that wants a sign-in of its own
    // Known after an attempt without answer: it was this one that arrived.
    else if (data.photos[0].known && !item.again) count.known += 1;
    else count.added += 1;
    return "done";
  };

  const show = async () => {
    const target = document.querySelector(form.dataset.photos);
    const page = await (await fetch(location.pathname, { credentials: "same-origin" })).text();
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector(form.dataset.photos);
    if (fresh) target.replaceChildren(...fresh.childNodes);
  };

  const pause = (time) => new Promise((go) => {
    wake = go;
    setTimeout(go, time);
  });

  const sum = () => ["added", "known", "refused"].filter((key) => count[key]).map((key) => fill(words[key], { n: count[key] }));

  const step = (item) => {
    if (item.blob.size <= most) return attempt(item);
    refuse(fill(words.too_large, { name: item.file.name, mb: most / 1048576 }));
    return "done";
  };

  // One that the server fails over goes behind the others; in the end it is given up.
  const putBack = (item) => {
    item.failures = (item.failures || 0) + 1;
    if (item.failures < FAILURES_MAX) queue.push(item);
    else refuse(fill(words.failed, { name: item.file.name }));
  };

  const run = async () => {
    if (busy) return;
    busy = true;
    let wait = 1000;
    let outcome;
    try {
      while (queue.length) {
        const item = queue[0];
        said.textContent = fill(words.going, { n: of - queue.length + 1, of });
        item.blob = item.blob || (await smaller(item.file));
        const state = await step(item);
        if (state !== "waiting") queue.shift();
        if (state === "failed") putBack(item);
        if (state === "waiting") said.textContent = fill(words.waiting, { n: queue.length });
        if (state === "done") wait = 1000;
        else if (queue.length) {
          await pause(wait);
          wait = Math.min(wait * 2, LONGEST_WAIT);
        }
      }
      outcome = sum();
    } catch (error) {
      queue = [];
      outcome = sum().concat([error.message]);
    }
    await Promise.race([show().catch(() => {}), pause(LONGEST_WAIT)]); // the words come behind what they are about
    said.textContent = outcome.join(" · ");
    busy = false;
    if (queue.length) run();
  };

  input.addEventListener("change", () => {
    if (!busy) {
      of = 0;
      count = { added: 0, known: 0, refused: 0 };
      refused.textContent = "";
      refused.hidden = true;
    }
    const chosen = Array.from(input.files).map((file) => ({ file }));
    of += chosen.length;
    queue = queue.concat(chosen);
    input.value = "";
    run();
  });
  window.addEventListener("online", () => wake());
})();
