/* Program files as they should not be: each is made here and executed. */
#include "test.h"
#include <elf.h>
#include <stddef.h>

/* A file: headers, then code at 0x1000 that does exit(42). */
static struct {
  Elf64_Ehdr ehdr;
  Elf64_Phdr phdr[8];
  char space[0x1000 - sizeof(Elf64_Ehdr) - 8 * sizeof(Elf64_Phdr)];
  unsigned char code[0x1000];
} file;

static const unsigned char exit42[] = {
    0xbf, 42, 0, 0, 0,       /* mov $42, %edi */
    0xb8, 60, 0, 0, 0,       /* mov $60, %eax */
    0x0f, 0x05,              /* syscall */
};

#define BASE 0x10000000UL

static void good(void) {
  memset(&file, 0, sizeof file);
  memcpy(file.ehdr.e_ident, ELFMAG, SELFMAG);
  file.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
  file.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
  file.ehdr.e_ident[EI_VERSION] = EV_CURRENT;
  file.ehdr.e_type = ET_EXEC;
  file.ehdr.e_machine = EM_X86_64;
  file.ehdr.e_version = EV_CURRENT;
  file.ehdr.e_phoff = sizeof(Elf64_Ehdr);
  file.ehdr.e_ehsize = sizeof(Elf64_Ehdr);
  file.ehdr.e_phentsize = sizeof(Elf64_Phdr);
  file.ehdr.e_phnum = 1;
  file.ehdr.e_entry = BASE + 0x1000;
  file.phdr[0] = (Elf64_Phdr){
      .p_type = PT_LOAD,
      .p_flags = PF_R | PF_X,
      .p_vaddr = BASE,
      .p_filesz = sizeof file,
      .p_memsz = sizeof file,
      .p_align = 0x1000,
  };
  memcpy(file.code, exit42, sizeof exit42);
}

static void put(size_t length) { put_file("prog", &file, length, 0755); }

/* Executes it in a child: errno of execve, its exit code, or its signal. */
static void outcome(const char *what) {
  pid_t pid = MUST(fork());
  if (pid == 0) {
    char *argv[] = {"prog", NULL};
    execve("./prog", argv, argv + 1);
    int error = errno;
    say("%s: execve: %s", what, strerrorname_(error));
    _exit(99);
  }
  int status;
  MUST(waitpid(pid, &status, 0));
  if (WIFSIGNALED(status)) {
    say("%s: killed by %s", what, sigabbrev_np(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) != 99) {
    say("%s: exit code %d", what, WEXITSTATUS(status));
  }
}

/* `change` to a good file, then what comes of it. */
#define CASE(change)     \
  do {                   \
    good();              \
    change;              \
    put(sizeof file);    \
    outcome(#change);    \
  } while (0)

static void headers(void) {
  SECTION("headers");
  CASE((void)0);
  CASE(file.ehdr.e_ident[0] = 0);
  CASE(file.ehdr.e_type = ET_REL);
  CASE(file.ehdr.e_type = ET_CORE);
  CASE(file.ehdr.e_machine = EM_386);
  CASE(file.ehdr.e_machine = EM_AARCH64);
  CASE(file.ehdr.e_phnum = 0);
  CASE(file.ehdr.e_phnum = 0xffff);
  CASE(file.ehdr.e_phnum = 1200);
  CASE(file.ehdr.e_phentsize = 0);
  CASE(file.ehdr.e_phentsize = 64);
  CASE(file.ehdr.e_phoff = 0x100000);
  CASE(file.ehdr.e_phoff = -1);
  CASE(file.ehdr.e_phoff = sizeof file - 8);
  CASE(file.ehdr.e_phoff = 0);
  CASE(file.ehdr.e_entry = 0);
  CASE(file.ehdr.e_entry = -1);
  CASE(file.ehdr.e_entry = 0x800000000000);
  CASE(file.ehdr.e_entry = BASE + sizeof file);
}

static void cut(void) {
  SECTION("files cut short");
  static const int lengths[] = {0, 1, 4, 16, 63, 64, 65, 119, 120};
  for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    char what[32];
    good();
    put(lengths[i]);
    snprintf(what, sizeof what, "%d bytes", lengths[i]);
    if (lengths[i] < 120) outcome(what);
  }
  good();
  put(0x1000);
  outcome("no code in the file");
  put(0x1001);
  outcome("code behind the end of the file");
}

static void segments(void) {
  SECTION("segments");
  CASE(file.phdr[0].p_type = PT_NULL);
  CASE(file.phdr[0].p_flags = PF_R);
  CASE(file.phdr[0].p_flags = 0);
  CASE(file.phdr[0].p_filesz = 0);
  CASE(file.phdr[0].p_filesz = sizeof file + 1);
  CASE(file.phdr[0].p_memsz = 0x1000);
  CASE(file.phdr[0].p_memsz = -1);
  CASE(file.phdr[0].p_memsz = 0x7fffffffffff);
  CASE(file.phdr[0].p_memsz = 0x800000000000);
  CASE(file.phdr[0].p_filesz = file.phdr[0].p_memsz = -1);
  CASE(file.phdr[0].p_offset = 8);
  CASE(file.phdr[0].p_offset = -0x1000);
  CASE(file.phdr[0].p_offset = 0x8000000000000000);
  CASE(file.phdr[0].p_vaddr = 0);
  CASE(file.phdr[0].p_vaddr = 0x1000);
  CASE(file.phdr[0].p_vaddr = -0x1000);
  CASE(file.phdr[0].p_vaddr = 0x7fffffffe000);
  CASE(file.phdr[0].p_vaddr = 0x800000000000);
  CASE(file.phdr[0].p_vaddr = 0xffff800000000000);
  CASE(file.phdr[0].p_align = 3);
  CASE(file.phdr[0].p_align = 0);
}

/* Two segments: code, and data whose rest is zero. */
static void two(void) {
  good();
  file.ehdr.e_phnum = 2;
  file.phdr[1] = file.phdr[0];
  file.phdr[1].p_flags = PF_R | PF_W;
  file.phdr[1].p_vaddr = BASE + 0x100000;
  file.phdr[1].p_offset = 0;
  file.phdr[1].p_filesz = 0x800;
  file.phdr[1].p_memsz = 0x3000;
  /* exit code: 42, and 1 more for each of two bytes that is not zero */
  static const unsigned char code[] = {
      0xbf, 42, 0, 0, 0,                                /* mov $42, %edi */
      0x80, 0x3c, 0x25, 0x00, 0x08, 0x10, 0x10, 0x00,   /* cmpb $0, BASE+0x100800 */
      0x74, 0x02, 0xff, 0xc7,                           /* je +2; inc %edi */
      0x80, 0x3c, 0x25, 0xff, 0x2f, 0x10, 0x10, 0x00,   /* cmpb $0, BASE+0x102fff */
      0x74, 0x02, 0xff, 0xc7,                           /* je +2; inc %edi */
      0xb8, 60, 0, 0, 0, 0x0f, 0x05,
  };
  memcpy(file.code, code, sizeof code);
}

#define CASE2(change)    \
  do {                   \
    two();               \
    change;              \
    put(sizeof file);    \
    outcome(#change);    \
  } while (0)

static void bss(void) {
  SECTION("zero pages");
  memset(file.space, 0xee, sizeof file.space);
  CASE2((void)0);
  CASE2(memset(file.space, 0xee, sizeof file.space));
  CASE2(file.phdr[1].p_filesz = 0);
  CASE2(file.phdr[1].p_memsz = 0x800);
  CASE2(file.phdr[1].p_flags = PF_R);
  CASE2(file.phdr[1].p_memsz = 0x400);
  CASE2(file.phdr[1].p_vaddr = BASE);
  CASE2(file.phdr[1].p_vaddr = BASE + 0x1000);
  CASE2(file.phdr[1].p_memsz = 0x7fffefeff000);
}

static void interpreter(const char *path, size_t length) {
  good();
  file.ehdr.e_phnum = 2;
  file.phdr[1].p_type = PT_INTERP;
  file.phdr[1].p_offset = offsetof(typeof(file), space);
  file.phdr[1].p_filesz = length;
  memcpy(file.space, path, strlen(path) + 1);
}

static void interpreters(void) {
  SECTION("interpreters");
  put_file("text", "text", 4, 0755);
  put_file("plain", "text", 4, 0644);
  static const struct {
    const char *path;
    int length;
  } cases[] = {
      {"/missing", 9}, {"./text", 7},  {"./plain", 8}, {".", 2},
      {"x", 1},        {"xy", 2},      {"/missing", 5000},
      {"/missing", 8}, {"./prog", 7},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    char what[64];
    interpreter(cases[i].path, cases[i].length);
    put(sizeof file);
    snprintf(what, sizeof what, "%s in %d bytes", cases[i].path,
             cases[i].length);
    outcome(what);
  }
  /* A short one: magic only. */
  put_file("short", "\177ELF", 4, 0755);
  interpreter("./short", 8);
  put(sizeof file);
  outcome("./short");
  good();
  file.ehdr.e_machine = EM_386;
  put_file("other", &file, sizeof file, 0755);
  interpreter("./other", 8);
  put(sizeof file);
  outcome("./other");
  interpreter("/missing", 9);
  file.phdr[1].p_offset = 0x100000;
  put(sizeof file);
  outcome("a path outside of the file");
  /* A movable program as another's interpreter: it runs in its stead. */
  good();
  file.ehdr.e_type = ET_DYN;
  file.phdr[0].p_vaddr = 0;
  file.ehdr.e_entry = 0x1000;
  put_file("ld", &file, sizeof file, 0755);
  interpreter("./ld", 5);
  file.code[1] = 43;
  put(sizeof file);
  outcome("./ld");
}

static void movable(void) {
  SECTION("movable");
#define DYN file.ehdr.e_type = ET_DYN, file.phdr[0].p_vaddr = 0, \
            file.ehdr.e_entry = 0x1000
  CASE((DYN));
  CASE((DYN, file.phdr[0].p_align = 0x200000));
  CASE((DYN, file.phdr[0].p_align = 0x3000));
  CASE((DYN, file.phdr[0].p_vaddr = 0x7000, file.ehdr.e_entry = 0x8000));
  CASE((DYN, file.phdr[0].p_vaddr = -0x1000UL));
  CASE((DYN, file.phdr[0].p_memsz = 0x7ffffffff000));
}

static void stack(void) {
  SECTION("executable stack");
  two();
  file.phdr[1] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
  /* push a ret, call it, exit(42) */
  static const unsigned char code[] = {
      0x68, 0xc3, 0, 0, 0, /* push $0xc3 */
      0xff, 0xd4,          /* call *%rsp */
      0xbf, 42, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05,
  };
  memcpy(file.code, code, sizeof code);
  put(sizeof file);
  outcome("rw");
  file.phdr[1].p_flags |= PF_X;
  put(sizeof file);
  outcome("rwx");
}

int main(void) {
  headers();
  cut();
  segments();
  bss();
  interpreters();
  movable();
  stack();
  return done();
}
