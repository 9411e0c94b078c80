"use strict";
// The list of targets: searched, filtered and paged over what the page holds. Whatever came from a list or a
// provider is put in as text, never as markup.
(() => {
  const $ = (id) => document.getElementById(id);
  const meta = JSON.parse($("meta").textContent);
  const { kinds, outcomes, total } = meta;
  const PRINTED = 1000;
  const NEEDS_A_PERSON = 4;

  // A request is [kind, outcome, reject_posts, attempts sent, attempts, targets], and its targets are rows.
  const requests = [];
  const requestOf = [];
  const placeOf = [];
  let shown = [];
  let page = 0;
  let printing = false;
  const open = new Set();

  // What acts on text without being seen is named instead.
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
  const put = (parent, text) => {
    let end = 0;
    const target = make("bdi");
    for (const found of text.matchAll(UNSEEN)) {
      target.append(text.slice(end, found.index));
      const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      target.append(make("span", "hidden-char", `U+${code}`));
      end = found.index + found[0].length;
    }
    target.append(text.slice(end));
    parent.append(target);
    return parent;
  };
  const make = (name, kind, text) => {
    const element = document.createElement(name);
    if (kind) element.className = kind;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const named = (outcome) => outcome.replace("_", " ");
  const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const when = (millis) => {
    const date = new Date(millis);
    return Number.isNaN(date.getTime()) ? "unknown" : date.toISOString().slice(0, 19).replace("T", " ");
  };

  // Rows are read in slices, so that the page answers from the start.
  const blocks = Array.from(document.querySelectorAll("script.rows"));
  const read = () => {
    const until = performance.now() + 40;
    while (blocks.length > 0 && performance.now() < until) {
      for (const [of, targets] of JSON.parse(blocks.shift().textContent)) {
        const request = [...of, targets];
        const index = requests.push(request) - 1;
        for (let place = 0; place < request[5].length; place += 1) {
          requestOf.push(index);
          placeOf.push(place);
        }
      }
    }
    const done = blocks.length === 0;
    if (done || shown.length < size()) select(false);
    if (done) document.documentElement.dataset.ready = "true";
    else {
      tell();
      setTimeout(read);
    }
  };

  const haystack = (request) => {
    // Kept beside the request, since each search asks for it.
    if (request.words === undefined) {
      const words = [kinds[request[0]].name, named(outcomes[request[1]]), outcomes[request[1]]];
      for (const attempt of request[4]) {
        for (const place of [3, 4, 5, 6]) if (attempt[place] !== null) words.push(String(attempt[place]));
      }
      request.words = words.join("\n").toLowerCase();
    }
    return request.words;
  };
  const identifiers = (target) => (typeof target === "string" ? target : target.join("\n"));

  const matches = () => {
    const query = $("query").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const outcome = $("outcome").value === "" ? -1 : outcomes.indexOf($("outcome").value);
    const attention = $("outcome").value === "attention";
    const provider = $("provider").value;
    const found = [];
    let last = -1;
    let passes = false;
    let missing = query;
    for (let row = 0; row < requestOf.length; row += 1) {
      const index = requestOf[row];
      const request = requests[index];
      if (index !== last) {
        last = index;
        passes = (attention ? request[1] < NEEDS_A_PERSON : outcome < 0 || request[1] === outcome)
          && (provider === "" || kinds[request[0]].provider === provider);
        // What the request as a whole has need not be looked for in each of its targets.
        if (passes) missing = query.filter((word) => !haystack(request).includes(word));
      }
      if (!passes) continue;
      if (missing.length > 0) {
        const text = identifiers(request[5][placeOf[row]]).toLowerCase();
        if (!missing.every((word) => text.includes(word))) continue;
      }
      found.push(row);
    }
    return found;
  };

  const size = () => Number($("size").value);
  const pageCount = () => Math.max(1, Math.ceil(shown.length / size()));

  const select = (fromStart) => {
    shown = matches();
    page = fromStart ? 0 : Math.min(page, pageCount() - 1);
    draw();
  };

  const tell = () => {
    const from = page * size();
    const to = Math.min(from + size(), shown.length);
    const all = counted(total, "target", "targets");
    let text = shown.length === 0 ? `None of ${all}` : `${(from + 1).toLocaleString("en")}–${to.toLocaleString("en")} of ${counted(shown.length, "target", "targets")}`;
    if (shown.length > 0 && shown.length !== total) text += ` found among ${all}`;
    if (blocks.length > 0) text += `, ${requestOf.length.toLocaleString("en")} read so far`;
    $("found").textContent = `${text}. What needs a person comes first.`;
  };

  const evidence = (cell, attempt) => {
    const [, ended, outcome, failure, status, message, , retryAfter, count] = attempt;
    const facts = [];
    if (outcome === null) facts.push("no answer is recorded");
    if (status !== null) facts.push(`HTTP ${status}`);
    if (failure !== null) facts.push(failure.replaceAll("_", " "));
    if (count !== null) facts.push(`the provider counted ${count.toLocaleString("en")}`);
    if (retryAfter !== null) facts.push(`asked to wait ${retryAfter} s`);
    if (outcome !== null && ended === null) facts.push("no end is recorded");
    put(cell.appendChild(make("span", "facts-line")), facts.join(", "));
    if (message !== null) put(cell.appendChild(make("span", "words")), message);
    return cell;
  };

  const badge = (outcome) => {
    const badge = make("span", `outcome ${outcome}`);
    badge.append(make("span", "mark"), named(outcome));
    badge.firstChild.setAttribute("aria-hidden", "true");
    return badge;
  };

  const attemptsRow = (request, id) => {
    const row = make("tr", "attempts");
    row.id = id;
    row.setAttribute("role", "row");
    const cell = row.appendChild(make("td"));
    cell.setAttribute("role", "cell");
    cell.colSpan = 6;
    const list = cell.appendChild(make("ol"));
    for (const attempt of request[4]) {
      const item = list.appendChild(make("li"));
      item.append(make("span", "", when(attempt[0])));
      item.append(badge(attempt[2] === null ? "unknown" : outcomes[attempt[2]]));
      const told = evidence(make("span"), attempt);
      const where = [`pass ${attempt[9]}`, `a request that named ${counted(attempt[10], "target", "targets")}`];
      if (attempt[1] !== null) where.push(`${((attempt[1] - attempt[0]) / 1000).toFixed(1)} s`);
      if (attempt[6] !== null) where.push(`request id ${attempt[6]}`);
      put(told.appendChild(make("span", "facts-line where")), where.join(", "));
      item.append(told);
    }
    return row;
  };

  const cell = (row, kind) => {
    const cell = row.appendChild(make("td", kind));
    cell.setAttribute("role", "cell");
    return cell;
  };

  const drawRow = (body, number) => {
    const request = requests[requestOf[number]];
    const [kindIndex, outcomeIndex, rejectPosts, sent, attempts, targets] = request;
    const kind = kinds[kindIndex];
    const target = targets[placeOf[number]];
    const row = body.appendChild(make("tr"));
    row.setAttribute("role", "row");
    cell(row).append(badge(outcomes[outcomeIndex]));

    const name = cell(row);
    name.append(make("div", "kind", kind.name + (rejectPosts ? ", posts rejected too" : "")));
    const ids = name.appendChild(make("div", "ids"));
    if (typeof target === "string") put(ids, `hash ${target}`);
    else target.forEach((id, place) => {
      const line = ids.appendChild(make("div"));
      line.append(make("span", "", `${kind.columns[place]} `));
      put(line, id);
    });

    const last = attempts[attempts.length - 1];
    if (last === undefined) {
      cell(row, "facts-line").textContent = "never sent";
      cell(row);
      cell(row);
      cell(row);
      return;
    }
    evidence(cell(row), last);
    const id = cell(row, "request-id");
    if (last[6] !== null) put(id, last[6]);
    cell(row).textContent = when(last[1] ?? last[0]);
    const many = cell(row);
    const button = many.appendChild(make("button", "", counted(attempts.length, "attempt", "attempts")));
    many.append(make("span", "on-paper", String(attempts.length)));
    button.type = "button";
    const rowId = `attempts-${number}`;
    const told = printing ? outcomeIndex < NEEDS_A_PERSON && attempts.length > 1 : open.has(number);
    button.setAttribute("aria-expanded", String(told));
    if (told) {
      body.append(attemptsRow(request, rowId));
      button.setAttribute("aria-controls", rowId);
    }
    button.title = `${counted(sent, "request", "requests")} of which anything may have left`;
    button.addEventListener("click", () => {
      if (open.delete(number)) {
        $(rowId).remove();
        button.removeAttribute("aria-controls");
      } else {
        open.add(number);
        row.after(attemptsRow(request, rowId));
        button.setAttribute("aria-controls", rowId);
      }
      button.setAttribute("aria-expanded", String(open.has(number)));
    });
  };

  const draw = () => {
    const body = document.createDocumentFragment();
    const rows = printing ? shown.slice(0, PRINTED) : shown.slice(page * size(), (page + 1) * size());
    for (const row of rows) drawRow(body, row);
    $("list").tBodies[0].replaceChildren(body);
    tell();
    $("page").value = String(page + 1);
    $("pages").textContent = `of ${pageCount().toLocaleString("en")}`;
    const off = (id, is) => $(id).setAttribute("aria-disabled", String(is));
    off("first", page === 0);
    off("previous", page === 0);
    off("next", page >= pageCount() - 1);
    off("last", page >= pageCount() - 1);
  };

  const turn = (to) => {
    const next = Math.max(0, Math.min(to, pageCount() - 1));
    if (next !== page) {
      page = next;
      draw();
    } else $("page").value = String(page + 1);
  };

  // On paper, rows follow each other from the first: what needs a person, then the rest.
  addEventListener("beforeprint", () => {
    printing = true;
    draw();
    const selection = [];
    if ($("query").value.trim() !== "") selection.push(`search “${$("query").value.trim()}”`);
    for (const id of ["outcome", "provider"]) {
      if ($(id).value !== "") selection.push(`${id} ${$(id).selectedOptions[0].dataset.name}`);
    }
    const count = Math.min(shown.length, PRINTED);
    const of = `${count.toLocaleString("en")} of ${counted(total, "target", "targets")} of the run ${count === 1 ? "is" : "are"} printed here`;
    const why = selection.length > 0 ? `, ${shown.length.toLocaleString("en")} of which meet this selection: ${selection.join(", ")}` : "";
    const more = shown.length > PRINTED ? ` A print holds at most ${PRINTED.toLocaleString("en")}.` : "";
    const rest = count < total ? ` The complete list is in the file of this report and in the run file. Search or filter before printing to print others.` : "";
    $("printed").replaceChildren();
    put($("printed"), `${of}${why}. What needs a person comes first.${more}${rest}`);
  });
  addEventListener("afterprint", () => {
    printing = false;
    draw();
  });

  const choice = (select, value, text, name) => {
    const option = select.appendChild(make("option", "", text));
    option.value = value;
    option.dataset.name = name;
  };
  choice($("outcome"), "", "All", "all");
  choice($("outcome"), "attention", "What needs a person", "what needs a person");
  for (const outcome of outcomes) choice($("outcome"), outcome, `${named(outcome)} (${meta.counts[outcome].toLocaleString("en")})`, named(outcome));
  choice($("provider"), "", "All", "all");
  for (const provider of meta.providers) choice($("provider"), provider, provider, provider);

  let waiting;
  $("query").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => select(true), 120);
  });
  document.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    select(true);
  });
  for (const id of ["outcome", "provider", "size"]) $(id).addEventListener("change", () => select(true));
  $("first").addEventListener("click", () => turn(0));
  $("previous").addEventListener("click", () => turn(page - 1));
  $("next").addEventListener("click", () => turn(page + 1));
  $("last").addEventListener("click", () => turn(pageCount() - 1));
  $("page").addEventListener("change", () => turn((Number.parseInt($("page").value.replace(/\D/g, ""), 10) || page + 1) - 1));
  for (const button of document.querySelectorAll("button[data-outcome]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      $("query").value = "";
      $("provider").value = "";
      $("outcome").value = button.dataset.outcome;
      select(true);
      $("targets").scrollIntoView();
      $("targets").focus({ preventScroll: true });
    });
  }
  $("browser").hidden = false;
  read();
})();
