/** /proc/pid/comm: a thread's name, which its siblings may set. */
import { EINVAL } from "../../../../abi/linux/errno.ts";
import type { TaskEntry } from "../entry.ts";

/** Bytes of a name, TASK_COMM_LEN without its NUL. */
const LENGTH = 15;

export const comm: TaskEntry = {
  name: "comm",
  mode: 0o644,
  text: ({ task }) => `${task.comm}\n`,
  taken({ task }, t, text) {
    if (task.group !== t.group) return -EINVAL;
    const end = text.search(/[\0\n]/);
    const name = end < 0 ? text : text.slice(0, end);
    task.comm = name.slice(0, LENGTH);
    return text.length;
  },
};
