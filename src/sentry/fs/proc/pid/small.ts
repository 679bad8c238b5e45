/** Files of /proc/pid with a line or two each. */
import { EINVAL, EPERM, ESRCH } from "../../../../abi/linux/errno.ts";
import { CAP_SYS_NICE } from "../../../../abi/linux/capability.ts";
import {
  getReg,
  ORIG_RAX,
  R10,
  R8,
  R9,
  RDI,
  RDX,
  RIP,
  RSI,
  RSP,
} from "../../../../platform/registers.ts";
import { taskTime } from "../../../kernel/accounts.ts";
import { hex, parseNumber, type TaskEntry } from "../entry.ts";
import { isAlive, stateLetter } from "./state.ts";

/** An id map that changes nothing. */
const WHOLE_MAP = "         0          0 4294967295\n";

const DEFAULT_SLACK = 50000;

export const small: readonly TaskEntry[] = [
  { name: "uid_map", mode: 0o444, text: () => WHOLE_MAP },
  { name: "gid_map", mode: 0o444, text: () => WHOLE_MAP },
  { name: "projid_map", mode: 0o444, text: () => WHOLE_MAP },
  { name: "setgroups", mode: 0o444, only: "process", text: () => "allow\n" },
  { name: "cgroup", mode: 0o444, text: () => "0::/\n" },
  { name: "cpuset", mode: 0o444, text: () => "/\n" },
  { name: "loginuid", mode: 0o444, text: () => "4294967295" },
  { name: "sessionid", mode: 0o444, text: () => "4294967295" },
  { name: "wchan", mode: 0o444, text: () => "0" },
  {
    name: "personality",
    mode: 0o400,
    guarded: true,
    text: ({ task }) => `${hex(task.personality >>> 0, 8)}\n`,
  },
  {
    name: "coredump_filter",
    mode: 0o444,
    only: "process",
    text: () => "00000033\n",
  },
  {
    name: "schedstat",
    mode: 0o444,
    text: ({ task }) =>
      `${isAlive(task) ? Math.floor(taskTime(task)) : 0} 0 1\n`,
  },
  {
    name: "timerslack_ns",
    mode: 0o666,
    only: "process",
    text: ({ task }, t) =>
      task.group === t.group || t.creds.can(CAP_SYS_NICE)
        ? `${task.timerSlack}\n`
        : -EPERM,
    taken({ task }, t, text) {
      if (task.group !== t.group && !t.creds.can(CAP_SYS_NICE)) return -EPERM;
      const slack = parseNumber(text);
      if (!(slack >= 0)) return -EINVAL;
      task.timerSlack = slack === 0 ? DEFAULT_SLACK : slack;
      return text.length;
    },
  },
  {
    name: "children",
    mode: 0o444,
    only: "thread",
    text({ task }) {
      const pids: number[] = [];
      for (const child of task.group.children) {
        if (child.parentTask === task) pids.push(child.pid);
      }
      return pids.sort((a, b) => a - b).map((pid) => `${pid} `).join("");
    },
  },
  {
    name: "syscall",
    mode: 0o400,
    guarded: true,
    text({ task }) {
      if (!isAlive(task)) return -ESRCH;
      if (stateLetter(task) === "R") return "running\n";
      const { regs } = task.ctx;
      const word = (r: number) => `0x${getReg(regs, r).toString(16)}`;
      const place = `${word(RSP)} ${word(RIP)}\n`;
      if (!task.inSyscall) return `-1 ${place}`;
      const args = [RDI, RSI, RDX, R10, R8, R9].map(word).join(" ");
      return `${regs[ORIG_RAX]} ${args} ${place}`;
    },
  },
  {
    name: "io",
    mode: 0o400,
    guarded: true,
    text: () =>
      "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\n" +
      "write_bytes: 0\ncancelled_write_bytes: 0\n",
  },
];
