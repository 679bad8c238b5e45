/** What the vfs must know of this folder before the first program runs. */
import { registerFifos } from "../../vfs/special.ts";
import { fifoOpener } from "./fifo.ts";

/** Makes fifos open as pipes. Called once, at boot. */
export function setUpAnon(): void {
  registerFifos(fifoOpener);
}
