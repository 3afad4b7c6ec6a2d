/* Leaving quickly: the button, the skip link, Escape, or Shift three times. Nothing is stored anywhere. */
(function () {
  "use strict";
  var PRESSES = 3, WITHIN = 5000;
  var presses = 0, timer = null, modified = false;

  function destination() {
    var link = document.querySelector(".govuk-js-exit-this-page-button");
    return link ? link.href : "https://www.bbc.co.uk/weather";
  }

  /* Replacing the entry keeps Back from returning to this page. */
  function leave() {
    document.documentElement.classList.add("leaving");
    window.location.replace(destination());
  }

  /* Back from another site to an earlier page of this one: leave again. */
  function returned() {
    var activation = window.navigation && window.navigation.activation;
    return Boolean(activation && activation.navigationType === "traverse" && activation.from === null);
  }

  function inFormField(target) {
    return target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;
  }

  function announce(text) {
    var status = document.querySelector("[data-exit-status]");
    if (status) { status.textContent = text; }
    document.querySelectorAll(".govuk-exit-this-page__indicator-light").forEach(function (light, index) {
      light.classList.toggle("govuk-exit-this-page__indicator-light--on", index < presses);
    });
    var lights = document.querySelector(".govuk-exit-this-page__indicator");
    if (lights) { lights.classList.toggle("govuk-exit-this-page__indicator--visible", presses > 0); }
  }

  function reset() {
    presses = 0;
    announce("");
  }

  function countShift() {
    presses += 1;
    if (presses === PRESSES) { leave(); return; }
    var left = PRESSES - presses;
    announce("Shift, press " + left + (left === 1 ? " more time" : " more times") + " to exit.");
    window.clearTimeout(timer);
    timer = window.setTimeout(reset, WITHIN);
  }

  function build() {
    var button = document.querySelector(".govuk-js-exit-this-page-button");
    if (!button) { return; }
    var lights = document.createElement("div");
    lights.className = "govuk-exit-this-page__indicator";
    lights.setAttribute("aria-hidden", "true");
    for (var i = 0; i < PRESSES; i += 1) {
      lights.appendChild(document.createElement("div")).className = "govuk-exit-this-page__indicator-light";
    }
    button.appendChild(lights);
    var status = document.createElement("span");
    status.className = "govuk-visually-hidden";
    status.setAttribute("role", "status");
    status.setAttribute("data-exit-status", "");
    button.parentNode.appendChild(status);
    document.querySelectorAll("[data-exit], .govuk-js-exit-this-page-button").forEach(function (link) {
      link.addEventListener("click", function (event) { event.preventDefault(); leave(); });
    });
  }

  document.documentElement.classList.add("js");
  if (returned()) { leave(); }
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      document.documentElement.classList.remove("leaving");
      reset();
      if (returned()) { leave(); }
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !inFormField(event.target)) { leave(); }
  }, true);
  document.addEventListener("keyup", function (event) {
    if (event.key === "Shift" && !modified) { countShift(); } else if (presses) { reset(); }
    modified = event.shiftKey;
  }, true);
  document.addEventListener("DOMContentLoaded", build);
}());
