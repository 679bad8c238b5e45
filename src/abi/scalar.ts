/**
 * Little-endian scalars in a DataView, and their accessor properties.
 *
 * @module
 */

/** A kind of field that is read and written as one JavaScript number. */
export type Scalar =
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "ptr";

/** Sizes in bytes. */
export const SIZES: Readonly<Record<Scalar | "bits64", number>> = {
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  ptr: 8,
  bits64: 8,
};

const TWO_32 = 4294967296;

/** The unsigned 64-bit value at `offset`; rounded beyond 2^53. */
export function getU64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * TWO_32 +
    view.getUint32(offset, true);
}

/** The signed 64-bit value at `offset`; rounded beyond 2^53. */
export function getI64(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * TWO_32 +
    view.getUint32(offset, true);
}

/**
 * Stores `value` as 64 bits. Negative values give their two's complement;
 * 2^64, which is what the largest values are rounded to, gives 2^64 - 1.
 */
export function setU64(view: DataView, offset: number, value: number): void {
  const hi = Math.floor(value / TWO_32);
  const full = hi >= TWO_32;
  view.setUint32(offset, full ? 0xffffffff : value - hi * TWO_32, true);
  view.setUint32(offset + 4, full ? 0xffffffff : hi, true);
}

/** Stores `value` as 64 signed bits; 2^63, which 2^63 - 1 reads as, saturates. */
export function setI64(view: DataView, offset: number, value: number): void {
  const hi = Math.floor(value / TWO_32);
  const full = hi >= 0x80000000;
  view.setUint32(offset, full ? 0xffffffff : value - hi * TWO_32, true);
  view.setInt32(offset + 4, full ? 0x7fffffff : hi, true);
}

/** A struct's place: byte `base` of `view`. */
interface Place {
  readonly view: DataView;
  readonly base: number;
}

const properties: { [place: string]: PropertyDescriptor } = {};

/** The property at offset `o`, the same object for all structs that have one there. */
export function scalarAt(kind: Scalar, o: number): PropertyDescriptor {
  return properties[kind + o] ??= { ...accessAt(kind, o), enumerable: true };
}

/** Closures per kind, for type feedback per kind. */
function accessAt(kind: Scalar, o: number): PropertyDescriptor {
  switch (kind) {
    case "i8":
      return {
        get(this: Place) {
          return this.view.getInt8(this.base + o);
        },
        set(this: Place, v: number) {
          this.view.setInt8(this.base + o, v);
        },
      };
    case "u8":
      return {
        get(this: Place) {
          return this.view.getUint8(this.base + o);
        },
        set(this: Place, v: number) {
          this.view.setUint8(this.base + o, v);
        },
      };
    case "i16":
      return {
        get(this: Place) {
          return this.view.getInt16(this.base + o, true);
        },
        set(this: Place, v: number) {
          this.view.setInt16(this.base + o, v, true);
        },
      };
    case "u16":
      return {
        get(this: Place) {
          return this.view.getUint16(this.base + o, true);
        },
        set(this: Place, v: number) {
          this.view.setUint16(this.base + o, v, true);
        },
      };
    case "i32":
      return {
        get(this: Place) {
          return this.view.getInt32(this.base + o, true);
        },
        set(this: Place, v: number) {
          this.view.setInt32(this.base + o, v, true);
        },
      };
    case "u32":
      return {
        get(this: Place) {
          return this.view.getUint32(this.base + o, true);
        },
        set(this: Place, v: number) {
          this.view.setUint32(this.base + o, v, true);
        },
      };
    case "i64":
      return {
        get(this: Place) {
          return getI64(this.view, this.base + o);
        },
        set(this: Place, v: number) {
          setI64(this.view, this.base + o, v);
        },
      };
    default:
      return {
        get(this: Place) {
          return getU64(this.view, this.base + o);
        },
        set(this: Place, v: number) {
          setU64(this.view, this.base + o, v);
        },
      };
  }
}

/** The scalar of `kind` at `offset`: for loops over `fields`, not hot paths. */
export function getScalar(
  view: DataView,
  offset: number,
  kind: Scalar,
): number {
  switch (kind) {
    case "i8":
      return view.getInt8(offset);
    case "u8":
      return view.getUint8(offset);
    case "i16":
      return view.getInt16(offset, true);
    case "u16":
      return view.getUint16(offset, true);
    case "i32":
      return view.getInt32(offset, true);
    case "u32":
      return view.getUint32(offset, true);
    case "i64":
      return getI64(view, offset);
    default:
      return getU64(view, offset);
  }
}

/** Stores the scalar of `kind` at `offset`. */
export function setScalar(
  view: DataView,
  offset: number,
  kind: Scalar,
  v: number,
): void {
  switch (kind) {
    case "i8":
    case "u8":
      return view.setUint8(offset, v);
    case "i16":
    case "u16":
      return view.setUint16(offset, v, true);
    case "i32":
    case "u32":
      return view.setUint32(offset, v, true);
    case "i64":
      return setI64(view, offset, v);
    default:
      return setU64(view, offset, v);
  }
}
