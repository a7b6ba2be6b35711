// In full screen the bar and the pointer rest after a while without movement, and come back with the first.

const REST_AFTER_MS = 3_000;

export function restWhenIdle(player: HTMLElement): void {
  let timer: number | undefined;
  const wake = () => {
    window.clearTimeout(timer);
    delete player.dataset["resting"];
    if (document.fullscreenElement !== player) return;
    timer = window.setTimeout(() => {
      player.dataset["resting"] = "true";
    }, REST_AFTER_MS);
  };
  for (const name of ["pointermove", "pointerdown", "keydown", "focusin", "fullscreenchange"]) {
    player.addEventListener(name, wake);
  }
}
