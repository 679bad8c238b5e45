/** /sys/class/net: the loopback interface. */
import type { FileSystem } from "../../vfs/file_system.ts";
import {
  StaticDirectory,
  SyntheticLink,
  TextFile,
} from "../../vfs/synthetic.ts";
import {
  LO_FLAGS,
  LO_INDEX,
  LO_MTU,
  LO_NAME,
  LO_TXQLEN,
} from "../../net/loopback.ts";

const STATISTICS = [
  "collisions",
  "multicast",
  "rx_bytes",
  "rx_dropped",
  "rx_errors",
  "rx_packets",
  "tx_bytes",
  "tx_dropped",
  "tx_errors",
  "tx_packets",
];

/** Contents of the interface's directory. */
const LINES: Readonly<Record<string, string | number>> = {
  addr_assign_type: 0,
  addr_len: 6,
  address: "00:00:00:00:00:00",
  broadcast: "00:00:00:00:00:00",
  carrier: 1,
  dev_id: "0x0",
  dormant: 0,
  flags: `0x${LO_FLAGS.toString(16)}`,
  ifindex: LO_INDEX,
  iflink: LO_INDEX,
  link_mode: 0,
  mtu: LO_MTU,
  operstate: "unknown",
  tx_queue_len: LO_TXQLEN,
  type: 772,
  uevent: `INTERFACE=${LO_NAME}\nIFINDEX=${LO_INDEX}`,
};

/** Adds interfaces: links in `classes`, directories below `devices`/virtual/net. */
export function addInterfaces(
  fs: FileSystem,
  classes: StaticDirectory,
  devices: StaticDirectory,
): void {
  const net = devices.add("virtual", new StaticDirectory(fs))
    .add("net", new StaticDirectory(fs));
  const dir = net.add(LO_NAME, new StaticDirectory(fs));
  for (const [name, value] of Object.entries(LINES)) {
    dir.add(name, new TextFile(fs, 0o444, () => `${value}\n`));
  }
  const statistics = dir.add("statistics", new StaticDirectory(fs));
  for (const name of STATISTICS) {
    statistics.add(name, new TextFile(fs, 0o444, () => "0\n"));
  }
  classes.add(
    LO_NAME,
    new SyntheticLink(fs, () => `../../devices/virtual/net/${LO_NAME}`),
  );
}
