//! estatsd.
fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter("debug")
        .with_writer(std::io::stderr)
        .init();
    for f in estatsd::kernel::check::run() {
        println!("{:20} {} {}", f.name, f.ok, f.detail);
    }
    let mut k = estatsd::kernel::Kernel::start(Default::default())?;
    let ev = k.adopt()?;
    for e in &ev {
        println!("{e:?}");
    }
    let l = std::net::TcpListener::bind("127.0.0.1:0")?;
    let c = std::net::TcpStream::connect(l.local_addr()?)?;
    let (mut s, _) = l.accept()?;
    use std::io::{Read, Write};
    let mut c = c;
    c.write_all(&[7; 100000])?;
    let mut b = vec![0; 100000];
    s.read_exact(&mut b)?;
    while let Some(n) = k.news() {
        if let estatsd::kernel::News::Opened(e) = n {
            println!("{e:?}");
            let t = std::time::Instant::now();
            let r = k
                .read(estatsd::kernel::Handle {
                    sk: e.sk,
                    record: e.record,
                    cookie: e.cookie,
                })?
                .unwrap();
            println!("{:?} {:?} {:?}", r.record, r.owner, t.elapsed());
            println!("{:?}", r.socket.sample());
            let _ = r;
            let t = std::time::Instant::now();
            for _ in 0..10000 {
                k.read(estatsd::kernel::Handle {
                    sk: e.sk,
                    record: e.record,
                    cookie: e.cookie,
                })?
                .unwrap();
            }
            println!("read {:?}", t.elapsed() / 10000);
        }
    }
    Ok(())
}
