// Last: every handler is bound. Checks and measurements wait for this mark.
document.documentElement.setAttribute("data-ready", "1");
performance.mark("shuke-ready");
