/* Narrows the tables of the page to what the address asks for. It hides; it computes nothing. */
(function () {
  "use strict";
  var form = document.querySelector("[data-filter]");
  var wanted = new URLSearchParams(window.location.search);

  /* Only what the form offers is taken from the address; anything else is ignored. */
  function chosen(name) {
    var select = form.elements[name];
    var known = Array.prototype.some.call(select.options, function (option) { return option.value === wanted.get(name); });
    select.value = known ? wanted.get(name) : "";
    return select.value;
  }

  function holds(element, mark, value) { return element.dataset[mark].split(" ").indexOf(value) >= 0; }

  /* Rows or columns that carry the mark are hidden unless it has the value; headings without it stay. */
  function narrow(exhibit, mark, value) {
    exhibit.querySelectorAll("tr[data-" + mark + "]").forEach(function (row) {
      row.hidden = row.hidden || !holds(row, mark, value);
    });
    exhibit.querySelectorAll("thead th[data-" + mark + "]").forEach(function (heading) {
      if (holds(heading, mark, value)) { return; }
      exhibit.querySelectorAll("tr").forEach(function (row) {
        if (row.cells[heading.cellIndex]) { row.cells[heading.cellIndex].hidden = true; }
      });
    });
  }

  function has(exhibit, mark, value) {
    return Array.prototype.some.call(exhibit.querySelectorAll("[data-" + mark + "]"), function (element) {
      return holds(element, mark, value);
    });
  }

  function show() {
    var table = chosen("table"), years = chosen("years"), kind = chosen("kind"), left = 0;
    document.querySelectorAll(".exhibit[data-table]").forEach(function (exhibit) {
      var fits = (!years || has(exhibit, "years", years)) && (!kind || has(exhibit, "kinds", kind));
      exhibit.hidden = !fits || Boolean(table && exhibit.dataset.table !== table);
      document.querySelector('[data-filter-contents] a[href="#' + exhibit.id + '"]').parentNode.hidden = exhibit.hidden;
      if (exhibit.hidden) { return; }
      left += 1;
      if (years) { narrow(exhibit, "years", years); }
      if (kind) { narrow(exhibit, "kinds", kind); }
    });
    document.querySelector("[data-filter-empty]").hidden = left > 0;
    document.querySelector("[data-filter-contents]").hidden = left < 2;
    document.querySelector("[data-filter-all]").hidden = !(table || years || kind);
  }

  show();
}());
