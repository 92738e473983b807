// Suggests communities while one types. Without this script the field is part of a plain form that does the same.
"use strict";

for (const field of document.querySelectorAll("input[data-suggest]")) {
  suggest(field);
}

function suggest(field) {
  const french = document.documentElement.lang.startsWith("fr");
  const leads = new URL(field.dataset.suggest, location).pathname === new URL(field.form.action).pathname + "/suggest";
  const list = document.createElement("ul");
  const told = document.createElement("p");
  let waiting = 0;
  let asked = 0;
  let current = -1;

  list.className = "suggestions";
  list.id = field.id + "-suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", french ? "Collectivités" : "Communities");
  list.hidden = true;
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  field.after(list, told);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("autocomplete", "off");

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = list.children.length;
      mark(current < 0 && step < 0 ? count - 1 : (current + step + count) % count);
    } else if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      choose(list.children[current]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Tab") {
      close();
    }
  });
  field.addEventListener("blur", () => setTimeout(close, 150));

  async function ask() {
    const words = field.value.trim();
    const number = ++asked;
    if (words.length < 2) return close();
    try {
      const address = new URL(field.dataset.suggest, location);
      address.searchParams.set("q", words);
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (number === asked && document.activeElement === field) show(found);
    } catch {
      close(); // the form still works
    }
  }

  function show(found) {
    list.replaceChildren(...found.map(option));
    current = -1;
    list.hidden = found.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
    told.textContent = found.length === 1 ? "1 suggestion" : `${found.length} suggestions`;
  }

  function option(each, place) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const about = document.createElement("span");
    name.textContent = each.name;
    about.textContent = each.about;
    about.className = "muted small";
    item.id = `${list.id}-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.name = each.name;
    item.dataset.address = each.address;
    item.append(name, " ", about);
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(item);
    });
    return item;
  }

  function mark(place) {
    for (const item of list.children) item.setAttribute("aria-selected", "false");
    current = place;
    const item = list.children[place];
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", item.id);
  }

  function choose(item) {
    field.value = item.dataset.name;
    close();
    if (leads) location.assign(item.dataset.address);
  }

  function close() {
    clearTimeout(waiting);
    asked += 1;
    list.hidden = true;
    current = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }
}
