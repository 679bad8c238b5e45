/** ioctls that ask about network interfaces, netdevice(7). There is one: lo. */
import {
  EFAULT,
  EINVAL,
  ENODEV,
  ENOTTY,
  EPERM,
} from "../../abi/linux/errno.ts";
import * as net from "../../abi/linux/net.ts";
import { AF_INET, SockaddrIn } from "../../abi/linux/socket.ts";
import type { Task } from "../kernel/task.ts";
import { LO_FLAGS, LO_INDEX, LO_MTU, LO_TXQLEN } from "./loopback.ts";
import { LOOPBACK4, putFour } from "./inet/endpoint.ts";

const ifreq = net.Ifreq.alloc();
const ifconf = net.Ifconf.alloc();
const address = SockaddrIn.alloc();

/** The answer to a request about interfaces; null: it is none. -ENODEV, -EFAULT, -EPERM. */
export function interfaceIoctl(
  t: Task,
  request: number,
  arg: number,
): number | null {
  if (request === net.SIOCGIFCONF) return listInterfaces(t, arg);
  if (request < net.SIOCGIFNAME || request > net.SIOCSIFMAP) return null;
  if (!t.copyIn(arg, ifreq)) return -EFAULT;
  if (request === net.SIOCGIFNAME) return nameByIndex(t, arg);
  if (!isLo()) return -ENODEV;
  const r = answer(request);
  if (r < 0) return r;
  return t.copyOut(arg, ifreq) ? 0 : -EFAULT;
}

function isLo(): boolean {
  const name = ifreq.ifr_name;
  return name[0] === 0x6c && name[1] === 0x6f && name[2] === 0;
}

function setLo(): void {
  ifreq.ifr_name.fill(0);
  ifreq.ifr_name[0] = 0x6c;
  ifreq.ifr_name[1] = 0x6f;
}

/** Fills `ifreq`. 0 or -errno. */
function answer(request: number): number {
  switch (request) {
    case net.SIOCGIFFLAGS:
      ifreq.ifr_flags = LO_FLAGS;
      return 0;
    case net.SIOCGIFADDR:
      return putAddress(LOOPBACK4);
    case net.SIOCGIFNETMASK:
      return putAddress(0xff000000);
    case net.SIOCGIFDSTADDR:
      return putAddress(LOOPBACK4);
    case net.SIOCGIFBRDADDR:
      return putAddress(0);
    case net.SIOCGIFINDEX:
      ifreq.ifr_ifindex = LO_INDEX;
      return 0;
    case net.SIOCGIFMTU:
      ifreq.ifr_mtu = LO_MTU;
      return 0;
    case net.SIOCGIFMETRIC:
      ifreq.ifr_mtu = 0;
      return 0;
    case net.SIOCGIFTXQLEN:
      ifreq.ifr_qlen = LO_TXQLEN;
      return 0;
    case net.SIOCGIFHWADDR:
      ifreq.ifr_addr.fill(0);
      ifreq.ifr_flags = net.ARPHRD_LOOPBACK;
      return 0;
    case net.SIOCGIFMAP:
      ifreq.bytes.fill(0, net.IFNAMSIZ);
      return 0;
    case net.SIOCSIFFLAGS:
    case net.SIOCSIFADDR:
    case net.SIOCSIFNETMASK:
    case net.SIOCSIFMTU:
    case net.SIOCSIFTXQLEN:
    case net.SIOCSIFNAME:
    case net.SIOCSIFHWADDR:
      return -EPERM;
    default:
      return -ENOTTY;
  }
}

function putAddress(ip: number): number {
  address.sin_family = AF_INET;
  putFour(ip, address.sin_addr, 0);
  ifreq.ifr_addr.set(address.bytes);
  return 0;
}

function nameByIndex(t: Task, arg: number): number {
  if (ifreq.ifr_ifindex !== LO_INDEX) return -ENODEV;
  setLo();
  return t.copyOut(arg, ifreq) ? 0 : -EFAULT;
}

/** SIOCGIFCONF: interfaces with an IPv4 address. */
function listInterfaces(t: Task, arg: number): number {
  if (!t.copyIn(arg, ifconf)) return -EFAULT;
  const room = ifconf.ifc_len;
  if (ifconf.ifc_buf !== 0) {
    if (room < 0) return -EINVAL;
    if (room >= net.Ifreq.size) {
      ifreq.bytes.fill(0);
      setLo();
      putAddress(LOOPBACK4);
      if (!t.copyOut(ifconf.ifc_buf, ifreq)) return -EFAULT;
    }
  }
  const fits = ifconf.ifc_buf === 0 || room >= net.Ifreq.size;
  ifconf.ifc_len = fits ? net.Ifreq.size : 0;
  return t.copyOut(arg, ifconf) ? 0 : -EFAULT;
}
