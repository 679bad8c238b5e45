//! Unix sockets between the Sentry and stub processes: descriptors go out, one byte with the
//! sender's credentials comes in.

use crate::errno;

#[repr(C, align(8))]
struct Control([u8; 128]);

/// Sends one byte with descriptors. 0 or -errno.
pub fn send(socket: i32, fds: &[i32]) -> i32 {
    let mut byte = 0u8;
    let mut iov = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    let mut control = Control([0; 128]);
    let payload = size_of_val(fds) as u32;
    // SAFETY: all-zero bytes are a valid msghdr.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut iov;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    // SAFETY: arithmetic only.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(payload) } as usize;
    // SAFETY: the control buffer has room for a header.
    let header = unsafe { libc::CMSG_FIRSTHDR(&message) };
    // SAFETY: `header` points into `control`, which is aligned and large enough.
    let header = unsafe { &mut *header };
    header.cmsg_level = libc::SOL_SOCKET;
    header.cmsg_type = libc::SCM_RIGHTS;
    // SAFETY: arithmetic only.
    header.cmsg_len = unsafe { libc::CMSG_LEN(payload) } as usize;
    // SAFETY: the data follows the header inside `control`.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: `control` has room for the descriptors (at most 3 are sent).
    unsafe { std::ptr::copy_nonoverlapping(fds.as_ptr().cast(), data, payload as usize) };
    // SAFETY: `message` and all it points to live here.
    let n = unsafe { libc::sendmsg(socket, &message, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT) };
    if n < 0 {
        errno::last()
    } else {
        0
    }
}

/// Makes a socket pair and sends one end with the two memory files to `to`. The other end, or
/// -errno.
pub fn give_process(to: i32, group_fd: i32, arena_fd: i32) -> i32 {
    let mut pair = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `pair` has room for two descriptors.
    if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) } < 0 {
        return errno::last();
    }
    let [ours, theirs] = pair;
    let one = 1i32;
    // SAFETY: the option's value is an int that lives here.
    unsafe {
        libc::setsockopt(
            ours,
            libc::SOL_SOCKET,
            libc::SO_PASSCRED,
            (&raw const one).cast(),
            4,
        )
    };
    let result = send(to, &[theirs, group_fd, arena_fd]);
    // SAFETY: `theirs` is ours to close; the message holds its own reference.
    unsafe { libc::close(theirs) };
    if result < 0 {
        // SAFETY: `ours` was made above.
        unsafe { libc::close(ours) };
        return result;
    }
    ours
}

/// Waits for eight bytes, at most a second: 0 then.
pub fn read_number(socket: i32) -> u64 {
    let mut ready = libc::pollfd {
        fd: socket,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `ready` lives here.
    if unsafe { libc::poll(&mut ready, 1, 1000) } <= 0 {
        return 0;
    }
    let mut value = 0u64;
    // SAFETY: eight bytes of `value`.
    let n = unsafe { libc::recv(socket, (&raw mut value).cast(), 8, libc::MSG_DONTWAIT) };
    if n == 8 {
        value
    } else {
        0
    }
}

/// Reads one byte and the sender's process id.
pub fn read_pid(socket: i32) -> i32 {
    let mut byte = 0u8;
    let mut iov = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    let mut control = Control([0; 128]);
    // SAFETY: all-zero bytes are a valid msghdr.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut iov;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = control.0.len();
    // SAFETY: `message` and all it points to live here.
    let n = unsafe { libc::recvmsg(socket, &mut message, libc::MSG_DONTWAIT) };
    if n < 0 {
        return errno::last();
    }
    // SAFETY: the kernel filled the control buffer.
    let header = unsafe { libc::CMSG_FIRSTHDR(&message) };
    if header.is_null() {
        return -libc::ESRCH;
    }
    // SAFETY: non-null headers lie inside `control`.
    let kind = unsafe { (*header).cmsg_type };
    if kind != libc::SCM_CREDENTIALS {
        return -libc::ESRCH;
    }
    // SAFETY: SCM_CREDENTIALS carries a ucred.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: as above; the read need not be aligned.
    let credentials = unsafe { data.cast::<libc::ucred>().read_unaligned() };
    credentials.pid
}
