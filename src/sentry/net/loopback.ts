/** The sandbox's one network interface. */
import {
  IFF_LOOPBACK,
  IFF_LOWER_UP,
  IFF_RUNNING,
  IFF_UP,
} from "../../abi/linux/net.ts";

export const LO_NAME = "lo";
export const LO_INDEX = 1;
export const LO_MTU = 65536;
export const LO_TXQLEN = 1000;
/** ifr_flags. */
export const LO_FLAGS = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
/** ifi_flags. */
export const LO_LINK_FLAGS = LO_FLAGS | IFF_LOWER_UP;
