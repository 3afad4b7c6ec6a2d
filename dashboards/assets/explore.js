/* Narrows the tables of the page to what the address asks for. It hides; it computes nothing. */
(function () {
  "use strict";
  var form = document.querySelector("[data-filter]");
  var empty = document.querySelector("[data-filter-empty]");

  /* Only what the form offers is taken from the address; anything else is ignored. */
  function chosen(name) {
    var wanted = new URLSearchParams(window.location.search).get(name);
    var select = form.elements[name];
    var known = Array.prototype.some.call(select.options, function (option) { return option.value === wanted; });
    select.value = known ? wanted : "";
    return select.value;
  }

  function narrowRows(exhibit, years) {
    exhibit.querySelectorAll("tr[data-years]").forEach(function (row) { row.hidden = row.dataset.years !== years; });
  }

  function narrowColumns(exhibit, years) {
    exhibit.querySelectorAll("thead th[data-years]").forEach(function (heading) {
      var column = heading.cellIndex;
      exhibit.querySelectorAll("tr").forEach(function (row) {
        if (row.cells[column]) { row.cells[column].hidden = heading.dataset.years !== years; }
      });
    });
  }

  function narrow() {
    var table = chosen("table"), years = chosen("years"), left = 0;
    document.querySelectorAll(".exhibit[data-table]").forEach(function (exhibit) {
      var has = !years || exhibit.querySelector('[data-years="' + years + '"]') !== null;
      exhibit.hidden = !has || Boolean(table && exhibit.dataset.table !== table);
      if (exhibit.hidden) { return; }
      left += 1;
      if (years) { narrowRows(exhibit, years); narrowColumns(exhibit, years); }
    });
    empty.hidden = left > 0;
  }

  narrow();
}());
