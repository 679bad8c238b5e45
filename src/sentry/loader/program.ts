/**
 * What a file that is to be executed leads to: the ELF program, behind any
 * number of `#!` scripts, and its interpreter. Nothing of the caller changes
 * here, so every error can still be returned.
 *
 * @module
 */
import {
  EACCES,
  EIO,
  ELIBBAD,
  ELOOP,
  ENOENT,
  ENOEXEC,
} from "../../abi/linux/errno.ts";
import { Elf64Ehdr } from "../../abi/linux/elf.ts";
import { BINPRM_BUF_SIZE } from "../../abi/linux/limits.ts";
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { Arguments } from "./arguments.ts";
import { type ElfImage, isElf, readElf } from "./elf.ts";
import { openInterpreter, programFile } from "./open_program.ts";
import { isScript, readScriptLine } from "./script.ts";

/** A file and its headers. */
export interface ImageFile {
  readonly file: FileDescription;
  readonly image: ElfImage;
}

/** All that the loader needs to know. Owns a reference to each file: see `drop`. */
export class Program {
  constructor(
    readonly main: ImageFile,
    readonly interpreter: ImageFile | null,
    /** Final: a script's interpreter is in front. */
    readonly args: Arguments,
    /** The path that was executed, as AT_EXECFN. */
    readonly execFn: string,
  ) {}

  /** Lets go of the files. */
  drop(): void {
    this.main.file.decRef();
    this.interpreter?.file.decRef();
  }
}

/** How many scripts may follow each other; one more is ELOOP. */
const MAX_SCRIPTS = 5;

const head = new Uint8Array(BINPRM_BUF_SIZE);

/**
 * Reads `file`, whose reference it takes over, and what it names.
 * @param name the path as the caller gave it
 * @param hidden whether `name` will mean nothing to an interpreter (a
 * descriptor that execve closes)
 * @returns -ENOEXEC, -ELOOP, -E2BIG, -ELIBBAD, -EIO, or what opening an
 * interpreter says
 */
export function findProgram(
  t: Task,
  file: FileDescription,
  name: string,
  args: Arguments,
  hidden: boolean,
): Program | number {
  let r = args.reserve(name);
  if (r === 0 && args.argv.length === 0) r = args.append("");
  let scriptName = name;
  for (let scripts = 0; r === 0; scripts++) {
    const bytes = readHead(file);
    if (bytes < 0) r = bytes;
    else if (!isScript(head)) return readProgram(t, file, name, args);
    else {
      const line = readScriptLine(head);
      if (typeof line === "number") r = line;
      else if (hidden) r = -ENOENT;
      else {
        const { interpreter, argument } = line;
        r = argument === null
          ? args.replaceFirst(interpreter, scriptName)
          : args.replaceFirst(interpreter, argument, scriptName);
        if (r < 0) break;
        const next = openInterpreter(t, interpreter);
        if (typeof next === "number") r = next;
        else {
          file.decRef();
          file = next;
          scriptName = interpreter;
          if (scripts === MAX_SCRIPTS) r = -ELOOP;
        }
      }
    }
  }
  file.decRef();
  return r;
}

/** Fills `head` from the start of `file`; 0 or -errno. */
function readHead(file: FileDescription): number {
  const bytes = programFile(file);
  if (typeof bytes === "number") return -EACCES;
  head.fill(0);
  return bytes.read(0, head, 0, Math.min(bytes.size, head.length));
}

function readProgram(
  t: Task,
  file: FileDescription,
  name: string,
  args: Arguments,
): Program | number {
  const main = readImage(file);
  if (typeof main === "number") {
    file.decRef();
    return main;
  }
  const path = main.image.interpreter;
  if (path === null) return new Program(main, null, args, name);
  const interpreter = readInterpreter(t, path);
  if (typeof interpreter === "number") {
    file.decRef();
    return interpreter;
  }
  return new Program(main, interpreter, args, name);
}

function readImage(file: FileDescription): ImageFile | number {
  if (!isElf(head)) return -ENOEXEC;
  const bytes = programFile(file);
  if (typeof bytes === "number") return -ENOEXEC;
  const image = readElf(bytes);
  return typeof image === "number" ? image : { file, image };
}

function readInterpreter(t: Task, path: string): ImageFile | number {
  const file = openInterpreter(t, path);
  if (typeof file === "number") return file;
  const r = readInterpreterImage(file);
  if (typeof r === "number") {
    file.decRef();
    return r;
  }
  return { file, image: r };
}

function readInterpreterImage(file: FileDescription): ElfImage | number {
  const bytes = programFile(file);
  if (typeof bytes === "number") return -ELIBBAD;
  if (bytes.size < Elf64Ehdr.size) return -EIO;
  const image = readElf(bytes);
  return typeof image === "number" ? -ELIBBAD : image;
}
