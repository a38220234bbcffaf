const at = (id) => document.getElementById(id);

function show() {
  const members = new URLSearchParams(location.hash.slice(1));
  const whole = members.get("v") === "1" && members.has("code") && members.has("key");
  at("steps").hidden = !whole;
  at("broken").hidden = whole;
  at("link").value = location.href;
}

async function sayWho() {
  const answer = await fetch("/.well-known/latchstring");
  const { name, contact } = await answer.json();
  document.title = `Invitation · ${name}`;
  at("agency").textContent = name;
  at("contact").textContent = contact;
}

at("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(at("link").value);
  at("copied").textContent = "Copied.";
});
addEventListener("hashchange", show);
show();
sayWho();
