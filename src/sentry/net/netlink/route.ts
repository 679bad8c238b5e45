/** NETLINK_ROUTE, rtnetlink(7): what there is to know about lo. Nothing can be changed. */
import { EINVAL, ENODEV, EOPNOTSUPP, EPERM } from "../../../abi/linux/errno.ts";
import { ARPHRD_LOOPBACK } from "../../../abi/linux/net.ts";
import * as nl from "../../../abi/linux/netlink.ts";
import { AF_INET, AF_INET6, AF_UNSPEC } from "../../../abi/linux/socket.ts";
import { LOOPBACK4, LOOPBACK6, putFour, putSix } from "../inet/endpoint.ts";
import {
  LO_INDEX,
  LO_LINK_FLAGS,
  LO_MTU,
  LO_NAME,
  LO_TXQLEN,
} from "../loopback.ts";
import type { NetlinkWriter } from "./netlink_writer.ts";

/** A request: its header's fields and the bytes behind the header. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly pid: number;
  readonly body: Uint8Array;
}

const link = nl.Ifinfomsg.alloc();
const address = nl.Ifaddrmsg.alloc();
const cache = nl.IfaCacheinfo.alloc();
const route = nl.Rtmsg.alloc();
const four = new Uint8Array(4);
const six = new Uint8Array(16);
const FOREVER = 0xffffffff;

/**
 * Answers a request by messages in `w`. 0: they are all (a dump is ended by
 * the caller); 1: none, the caller acknowledges; or -errno.
 */
export function answerRoute(q: Request, w: NetlinkWriter): number {
  const dump = (q.flags & nl.NLM_F_DUMP) === nl.NLM_F_DUMP;
  switch (q.type) {
    case nl.RTM_GETLINK:
      return getLink(q, w, dump);
    case nl.RTM_GETADDR:
      if (!dump) return -EOPNOTSUPP;
      return getAddresses(q, w);
    case nl.RTM_GETROUTE:
      if (!dump) return -EOPNOTSUPP;
      return getRoutes(q, w);
    case nl.RTM_GETNEIGH:
    case nl.RTM_GETRULE:
      return dump ? 0 : -EOPNOTSUPP;
  }
  return q.type >= nl.RTM_NEWLINK && q.type <= nl.RTM_DELRULE
    ? -EPERM
    : -EOPNOTSUPP;
}

function familyOf(q: Request): number {
  return q.body.length > 0 ? q.body[0] : AF_UNSPEC;
}

function begin(q: Request, w: NetlinkWriter, type: number, dump: boolean) {
  w.begin(type, dump ? nl.NLM_F_MULTI : 0, q.seq, q.pid);
}

function getLink(q: Request, w: NetlinkWriter, dump: boolean): number {
  if (!dump) {
    if (q.body.length < nl.Ifinfomsg.size) return -EINVAL;
    const bad = checkLink(q.body);
    if (bad < 0) return bad;
  }
  begin(q, w, nl.RTM_NEWLINK, dump);
  link.bytes.fill(0);
  link.ifi_type = ARPHRD_LOOPBACK;
  link.ifi_index = LO_INDEX;
  link.ifi_flags = LO_LINK_FLAGS;
  w.struct(link);
  w.attributeText(nl.IFLA_IFNAME, LO_NAME);
  w.attributeU32(nl.IFLA_TXQLEN, LO_TXQLEN);
  w.attributeU8(nl.IFLA_OPERSTATE, nl.IF_OPER_UNKNOWN);
  w.attributeU8(nl.IFLA_LINKMODE, 0);
  w.attributeU32(nl.IFLA_MTU, LO_MTU);
  w.attributeU32(nl.IFLA_GROUP, 0);
  w.attributeU32(nl.IFLA_PROMISCUITY, 0);
  w.attributeU32(nl.IFLA_NUM_TX_QUEUES, 1);
  w.attributeU32(nl.IFLA_NUM_RX_QUEUES, 1);
  w.attributeU8(nl.IFLA_CARRIER, 1);
  w.attributeText(nl.IFLA_QDISC, "noqueue");
  w.attribute(nl.IFLA_ADDRESS, new Uint8Array(6));
  w.attribute(nl.IFLA_BROADCAST, new Uint8Array(6));
  w.attribute(nl.IFLA_STATS64, new Uint8Array(nl.RTNL_LINK_STATS64_SIZE));
  w.attribute(nl.IFLA_STATS, new Uint8Array(nl.RTNL_LINK_STATS_SIZE));
  return 0;
}

/** Whether a request for one link means lo: by index or by name. */
function checkLink(body: Uint8Array): number {
  const { ifi_index } = nl.Ifinfomsg.at(body);
  if (ifi_index !== 0) return ifi_index === LO_INDEX ? 0 : -ENODEV;
  const attr = nl.Rtattr.at(body);
  let at = nl.Ifinfomsg.size;
  while (at + nl.Rtattr.size <= body.length) {
    const { rta_len, rta_type } = attr.at(body, at);
    if (rta_len < nl.Rtattr.size || at + rta_len > body.length) break;
    if (rta_type === nl.IFLA_IFNAME || rta_type === nl.IFLA_ALT_IFNAME) {
      const text = body.subarray(at + nl.Rtattr.size, at + rta_len);
      const name = new TextDecoder().decode(text).split("\0")[0];
      return name === LO_NAME ? 0 : -ENODEV;
    }
    at += rta_len + (4 - rta_len % 4) % 4;
  }
  return -EINVAL;
}

function getAddresses(q: Request, w: NetlinkWriter): number {
  const family = familyOf(q);
  if (family === AF_UNSPEC || family === AF_INET) {
    putFour(LOOPBACK4, four, 0);
    putAddress(q, w, AF_INET, 8, four);
  }
  if (family === AF_UNSPEC || family === AF_INET6) {
    putSix(LOOPBACK6, six);
    putAddress(q, w, AF_INET6, 128, six);
  }
  return 0;
}

function putAddress(
  q: Request,
  w: NetlinkWriter,
  family: number,
  prefix: number,
  bytes: Uint8Array,
): void {
  begin(q, w, nl.RTM_NEWADDR, true);
  address.ifa_family = family;
  address.ifa_prefixlen = prefix;
  address.ifa_flags = nl.IFA_F_PERMANENT;
  address.ifa_scope = nl.RT_SCOPE_HOST;
  address.ifa_index = LO_INDEX;
  w.struct(address);
  w.attribute(nl.IFA_ADDRESS, bytes);
  if (family === AF_INET) {
    w.attribute(nl.IFA_LOCAL, bytes);
    w.attributeText(nl.IFA_LABEL, LO_NAME);
  }
  w.attributeU32(nl.IFA_FLAGS, nl.IFA_F_PERMANENT);
  cache.ifa_prefered = FOREVER;
  cache.ifa_valid = FOREVER;
  w.attribute(nl.IFA_CACHEINFO, cache.bytes);
}

function getRoutes(q: Request, w: NetlinkWriter): number {
  const family = familyOf(q);
  if (family === AF_UNSPEC || family === AF_INET) {
    putFour(0x7f000000, four, 0);
    putRoute(q, w, AF_INET, 8, four);
    putFour(LOOPBACK4, four, 0);
    putRoute(q, w, AF_INET, 32, four);
  }
  if (family === AF_UNSPEC || family === AF_INET6) {
    putSix(LOOPBACK6, six);
    putRoute(q, w, AF_INET6, 128, six);
  }
  return 0;
}

function putRoute(
  q: Request,
  w: NetlinkWriter,
  family: number,
  prefix: number,
  to: Uint8Array,
): void {
  begin(q, w, nl.RTM_NEWROUTE, true);
  route.bytes.fill(0);
  route.rtm_family = family;
  route.rtm_dst_len = prefix;
  route.rtm_table = nl.RT_TABLE_LOCAL;
  route.rtm_protocol = nl.RTPROT_KERNEL;
  route.rtm_scope = nl.RT_SCOPE_HOST;
  route.rtm_type = nl.RTN_LOCAL;
  w.struct(route);
  w.attributeU32(nl.RTA_TABLE, nl.RT_TABLE_LOCAL);
  w.attribute(nl.RTA_DST, to);
  w.attributeU32(nl.RTA_OIF, LO_INDEX);
}
