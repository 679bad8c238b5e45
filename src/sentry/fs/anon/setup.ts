/** What the vfs must know of this folder before the first program runs. */
import { setNotifier } from "../../vfs/notify.ts";
import { registerFifos } from "../../vfs/special.ts";
import { fifoOpener } from "./fifo.ts";
import { inotifyNotifier } from "./inotify.ts";

/** Makes fifos open as pipes and inotify hear of changes. Called once, at boot. */
export function setUpAnon(): void {
  registerFifos(fifoOpener);
  setNotifier(inotifyNotifier);
}
