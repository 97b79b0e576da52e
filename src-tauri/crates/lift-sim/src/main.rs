fn main() {
    let from: u64 = std::env::args().nth(1).and_then(|x| x.parse().ok()).unwrap_or(0);
    let n: u64 = std::env::args().nth(2).and_then(|x| x.parse().ok()).unwrap_or(100);
    let trace = std::env::args().nth(3).is_some();
    let mut good = (0, 0, 0);
    for s in from..from + n {
        let l = tallystick_lift_sim::live(s, trace);
        for t in &l.trace {
            println!("{t}");
        }
        good.0 += l.begun;
        good.1 += l.good;
        good.2 += l.steps;
        for f in &l.faults {
            println!("seed {s}: {f} {} {}", l.liars, l.lying_referee);
        }
    }
    println!("{good:?}");
}
