/** Options at SOL_TCP, tcp(7): kept and shown; without packets few have an effect. */
import { EINVAL, ENOENT, ENOPROTOOPT } from "../../../abi/linux/errno.ts";
import * as net from "../../../abi/linux/net.ts";
import { decodeBinary, encodeBinaryInto } from "../../strings.ts";
import type { OptionValue } from "../socket.ts";

/** Option: default, least and greatest value. */
const NUMBERS: Map<number, readonly [number, number, number]> = new Map([
  [net.TCP_NODELAY, [0, -Infinity, Infinity]],
  [net.TCP_CORK, [0, -Infinity, Infinity]],
  [net.TCP_MAXSEG, [65483, 88, 32767]],
  [net.TCP_KEEPIDLE, [7200, 1, 32767]],
  [net.TCP_KEEPINTVL, [75, 1, 32767]],
  [net.TCP_KEEPCNT, [9, 1, 127]],
  [net.TCP_SYNCNT, [6, 1, 127]],
  [net.TCP_LINGER2, [60, -Infinity, Infinity]],
  [net.TCP_DEFER_ACCEPT, [0, -Infinity, Infinity]],
  [net.TCP_WINDOW_CLAMP, [0, 0, Infinity]],
  [net.TCP_QUICKACK, [1, -Infinity, Infinity]],
  [net.TCP_USER_TIMEOUT, [0, 0, Infinity]],
  [net.TCP_FASTOPEN, [0, 0, Infinity]],
  [net.TCP_NOTSENT_LOWAT, [0, -Infinity, Infinity]],
]);
/** Options that are on or off, whatever number is given. */
const FLAGS = [net.TCP_NODELAY, net.TCP_CORK, net.TCP_QUICKACK];
/** MSS over lo. */
const MSS = 65483;
const CONGESTION = ["cubic", "reno"];

const info = net.TcpInfo.alloc();

export class TcpOptions {
  readonly #numbers: Map<number, number> = new Map();
  #congestion = CONGESTION[0];

  inherit(from: TcpOptions): void {
    for (const [name, value] of from.#numbers) this.#numbers.set(name, value);
    this.#congestion = from.#congestion;
  }

  /** setsockopt. 0, -EINVAL, -ENOENT (congestion control), -ENOPROTOOPT. */
  set(name: number, value: OptionValue): number {
    if (name === net.TCP_CONGESTION) {
      const text = decodeBinary(value.bytes, 0, Math.min(value.length, 15));
      const wanted = text.split("\0")[0];
      if (!CONGESTION.includes(wanted)) return -ENOENT;
      this.#congestion = wanted;
      return 0;
    }
    const range = NUMBERS.get(name);
    if (range === undefined) return -ENOPROTOOPT;
    if (value.length < 4) return -EINVAL;
    const n = value.int;
    if (n < range[1] || n > range[2]) return -EINVAL;
    this.#numbers.set(name, FLAGS.includes(name) ? (n !== 0 ? 1 : 0) : n);
    return 0;
  }

  /** getsockopt: length of the answer, or -ENOPROTOOPT. */
  get(name: number, value: OptionValue, state: number): number {
    if (name === net.TCP_CONGESTION) {
      value.bytes.fill(0, 0, 16);
      encodeBinaryInto(this.#congestion, value.bytes, 0);
      return 16;
    }
    if (name === net.TCP_INFO) return tcpInfo(value, state);
    const range = NUMBERS.get(name);
    if (range === undefined) return -ENOPROTOOPT;
    if (name === net.TCP_MAXSEG && state === net.TCP_CLOSE) {
      return value.putInt(536);
    }
    return value.putInt(this.#numbers.get(name) ?? range[0]);
  }
}

function tcpInfo(value: OptionValue, state: number): number {
  info.bytes.fill(0);
  info.tcpi_state = state;
  info.tcpi_rto = 200000;
  info.tcpi_ato = 40000;
  info.tcpi_snd_mss = MSS;
  info.tcpi_rcv_mss = MSS;
  info.tcpi_advmss = MSS;
  info.tcpi_pmtu = 65535;
  info.tcpi_rtt = 20;
  info.tcpi_rttvar = 10;
  info.tcpi_snd_ssthresh = 0x7fffffff;
  info.tcpi_snd_cwnd = 10;
  info.tcpi_reordering = 3;
  info.tcpi_rcv_space = 65495;
  return value.put(info);
}
