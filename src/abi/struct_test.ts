import { assertEquals, assertThrows } from "@std/assert";
import { getI64, getU64, setI64, setU64, struct } from "./struct.ts";

const Timespec = struct({ tv_sec: "i64", tv_nsec: "i64" });
const Mixed = struct({
  a: "u8",
  b: "u16",
  c: "i32",
  name: ["u8", 5],
  set: "bits64",
  when: Timespec,
  sets: ["bits64", 2],
  words: ["u64", 3],
  times: [Timespec, 2],
  last: "i8",
});

Deno.test("struct: fields are aligned and the size is padded as in C", () => {
  assertEquals(Mixed.offsets.b, 2);
  assertEquals(Mixed.offsets.c, 4);
  assertEquals(Mixed.offsets.name, 8);
  assertEquals(Mixed.offsets.set, 16);
  assertEquals(Mixed.offsets.set_hi, 20);
  assertEquals(Mixed.offsets.last, 112);
  assertEquals(Mixed.size, 120);
  assertEquals(Mixed.align, 8);
});

Deno.test("struct: a packed struct has no padding", () => {
  const S = struct({ events: "u32", data: "bits64" }, { packed: true });
  assertEquals([S.size, S.align, S.offsets.data], [12, 1, 4]);
});

Deno.test("struct: a union's fields share offset 0", () => {
  const S = struct({ a: "u8", b: "u64", c: ["u8", 9] }, { union: true });
  assertEquals([S.size, S.offsets.b, S.offsets.c], [16, 0, 0]);
});

Deno.test("struct: options can widen size and alignment", () => {
  const S = struct({ a: "i32" }, { size: 20, align: 16 });
  assertEquals([S.size, S.align], [32, 16]);
});

Deno.test("struct: every scalar kind keeps its extremes", () => {
  const S = struct({
    i8: "i8",
    u8: "u8",
    i16: "i16",
    u16: "u16",
    i32: "i32",
    u32: "u32",
    i64: "i64",
    u64: "u64",
    ptr: "ptr",
  });
  const s = S.alloc();
  s.i8 = -128;
  s.u8 = 255;
  s.i16 = -32768;
  s.u16 = 65535;
  s.i32 = -2147483648;
  s.u32 = 4294967295;
  s.i64 = -9007199254740991;
  s.u64 = 9007199254740991;
  s.ptr = 0x7ffffffff000;
  assertEquals(
    [s.i8, s.u8, s.i16, s.u16, s.i32, s.u32, s.i64, s.u64, s.ptr],
    [
      -128,
      255,
      -32768,
      65535,
      -2147483648,
      4294967295,
      -9007199254740991,
      9007199254740991,
      0x7ffffffff000,
    ],
  );
});

Deno.test("struct: bits64 is two halves, bit for bit", () => {
  const m = Mixed.alloc();
  m.set_lo = 0xfffffffe;
  m.set_hi = 0x80000001;
  assertEquals([m.set_lo, m.set_hi], [0xfffffffe, 0x80000001]);
  assertEquals(
    m.view.getBigUint64(Mixed.offsets.set, true),
    0x80000001fffffffen,
  );
});

Deno.test("struct: nested structs and arrays write into the outer bytes", () => {
  const m = Mixed.alloc();
  m.when.tv_sec = 7;
  m.words.set(2, 9);
  m.sets.set(1, 3, 4);
  m.times.get(1).tv_nsec = 11;
  m.name.set([104, 105]);
  const v = new DataView(m.bytes.buffer);
  assertEquals(v.getUint32(Mixed.offsets.when, true), 7);
  assertEquals(v.getUint32(Mixed.offsets.words + 16, true), 9);
  assertEquals(v.getUint32(Mixed.offsets.sets + 12, true), 4);
  assertEquals(v.getUint32(Mixed.offsets.times + 24, true), 11);
  assertEquals(m.bytes[Mixed.offsets.name + 1], 105);
  assertEquals([m.words.get(2), m.sets.lo(1), m.sets.hi(1)], [9, 3, 4]);
});

Deno.test("struct: a re-targeted accessor takes its nested values along", () => {
  const m = Mixed.alloc();
  m.when.tv_sec = 1;
  m.times.get(1).tv_sec = 2;
  m.name[0] = 3;
  const other = new Uint8Array(300).subarray(20);
  m.at(other, 8);
  assertEquals([m.when.tv_sec, m.times.get(1).tv_sec, m.name[0]], [0, 0, 0]);
  m.when.tv_sec = 5;
  m.times.get(1).tv_sec = 6;
  m.name[0] = 7;
  assertEquals(other[8 + Mixed.offsets.when], 5);
  assertEquals(other[8 + Mixed.offsets.times + 16], 6);
  assertEquals(other[8 + Mixed.offsets.name], 7);
  assertEquals(m.bytes.length, Mixed.size);
  assertEquals(m.bytes.byteOffset, 28);
});

Deno.test("struct: at() steps through records of one buffer", () => {
  const bytes = new Uint8Array(Timespec.size * 3);
  const t = Timespec.at(bytes);
  t.at(bytes, Timespec.size * 2).tv_sec = -1;
  assertEquals(bytes.subarray(32, 41), new Uint8Array(9).fill(255, 0, 8));
  assertEquals(t.tv_sec, -1);
});

Deno.test("struct: at() refuses bytes that are too short", () => {
  const bytes = new Uint8Array(20);
  assertThrows(() => Timespec.at(bytes, 5), RangeError);
  assertThrows(() => Timespec.alloc().at(bytes, -1), RangeError);
});

Deno.test("struct: a field cannot hide what accessors have", () => {
  assertThrows(() => struct({ bytes: "u8" }), TypeError);
  assertThrows(() => struct({ view: "u8" }), TypeError);
});

Deno.test("struct: a wrong name does not compile", () => {
  const t = Timespec.alloc();
  // @ts-expect-error There is no such field.
  assertEquals(t.tv_usec, undefined);
  // @ts-expect-error There is no such field.
  assertEquals(Timespec.offsets.tv_usec, undefined);
  // @ts-expect-error A bits64 has only its two halves.
  assertEquals(Mixed.alloc().set, undefined);
});

Deno.test("struct: fields tells strace what there is", () => {
  const [a, , , name] = Mixed.fields;
  assertEquals([a.name, a.kind, a.count], ["a", "u8", -1]);
  assertEquals([name.kind, name.count, name.size], ["u8", 5, 5]);
});

Deno.test("setU64: rounded and negative values become the nearest bits", () => {
  const v = new DataView(new ArrayBuffer(8));
  setU64(v, 0, 2 ** 64);
  assertEquals(v.getBigUint64(0, true), 0xffffffffffffffffn);
  setU64(v, 0, -4095);
  assertEquals(v.getBigUint64(0, true), 0xfffffffffffff001n);
  setU64(v, 0, 2 ** 64 - 4096);
  assertEquals(getU64(v, 0), 2 ** 64 - 4096);
});

Deno.test("setI64: the largest value, rounded when read, is written back", () => {
  const v = new DataView(new ArrayBuffer(8));
  v.setBigInt64(0, 0x7fffffffffffffffn, true);
  setI64(v, 0, getI64(v, 0));
  assertEquals(v.getBigInt64(0, true), 0x7fffffffffffffffn);
  setI64(v, 0, -1);
  assertEquals([v.getBigInt64(0, true), getI64(v, 0)], [-1n, -1]);
  setI64(v, 0, -(2 ** 63));
  assertEquals(v.getBigInt64(0, true), -0x8000000000000000n);
});
