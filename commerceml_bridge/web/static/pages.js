// Keyboard for the search box: "/" goes to it (the same key of a Russian keyboard too), arrows walk its suggestions,
// Escape and leaving it close them. Everything works without.
(function () {
  "use strict";
  function links(box) {
    return Array.from(box.closest(".field").querySelectorAll(".suggestions a"));
  }
  function isSlash(event) {
    var plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    return plain && (event.key === "/" || (event.code === "Slash" && !event.shiftKey));
  }
  function closeOthers(event) {
    document.querySelectorAll(".found").forEach(function (found) {
      if (!found.closest(".field").contains(event.target)) { found.replaceChildren(); }
    });
  }
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);
  document.addEventListener("keydown", function (event) {
    var target = event.target;
    if (isSlash(event) && !/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
      var first = document.querySelector("[data-search]");
      if (first) { event.preventDefault(); first.focus(); first.select(); }
      return;
    }
    var field = target.closest ? target.closest(".field") : null;
    if (!field) { return; }
    var box = field.querySelector("[data-search]");
    var found = links(box);
    if (event.key === "Escape") {
      field.querySelector(".found").replaceChildren();
      box.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) { return; }
      event.preventDefault();
      var place = found.indexOf(target) + (event.key === "ArrowDown" ? 1 : -1);
      if (place < 0) { box.focus(); } else { found[Math.min(place, found.length - 1)].focus(); }
    }
  });
})();
