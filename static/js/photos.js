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

  // One attempt; true when the file is done with, whatever came of it.
  const attempt = async (item) => {
    let answer;
    try {
      answer = await post(item);
    } catch (error) {
      item.again = true;
      return false;
    }
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    if (answer.status >= 500) return false;
    if (!isJson) throw new Error(words.signed_out); // or the album went meanwhile: the next page says so
    const data = await answer.json();
    if (data.errors.photos) refuse(data.errors.photos);
    // Known after an attempt without answer: it was this one that arrived.
    else if (data.photos[0].known && !item.again) count.known += 1;
    else count.added += 1;
    return true;
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

  const run = async () => {
    if (busy) return;
    busy = true;
    let wait = 1000;
    try {
      while (queue.length) {
        const item = queue[0];
        said.textContent = fill(words.going, { n: of - queue.length + 1, of });
        item.blob = item.blob || (await smaller(item.file));
        const done = item.blob.size > most
          ? (refuse(fill(words.too_large, { name: item.file.name, mb: most / 1048576 })), true)
          : await attempt(item);
        if (done) {
          queue.shift();
          wait = 1000;
          continue;
        }
        said.textContent = fill(words.waiting, { n: queue.length });
        await pause(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
      said.textContent = ["added", "known", "refused"].filter((key) => count[key]).map((key) => fill(words[key], { n: count[key] })).join(" · ");
      await show().catch(() => {});
    } catch (error) {
      queue = [];
      said.textContent = error.message;
    } finally {
      busy = false;
      if (queue.length) run();
    }
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
