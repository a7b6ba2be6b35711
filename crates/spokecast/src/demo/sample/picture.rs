//! What the sample shows and sounds like, as an ffmpeg filter graph.
//!
//! A meadow: sky, a sun that crosses it once, three rows of hills at three speeds, a clock and a bar that fills.
//! Hills are computed once as a still picture and then scrolled, which keeps the graph cheap. Everything that
//! moves is back where it began at the end, so that the live channel loops without a jump. The clock is cut out
//! of ffmpeg's own test picture: no font has to be installed.

use super::ladder::{FRAME_RATE, LADDER, SECONDS};

/// The whole graph. Its outputs are `[v0]`, `[v1]` …, one per rendition of the ladder, and `[sound]`.
pub(super) fn graph() -> String {
    let copies = (0..LADDER.len()).map(|index| format!("[whole{index}]")).collect::<Vec<_>>().concat();
    let scaled = LADDER
        .iter()
        .enumerate()
        .map(|(index, size)| format!("[whole{index}]scale={}:{}[v{index}]", size.width, size.height));
    let mut steps = layers();
    steps.extend(stacked());
    steps.push(format!("[landscape]split={}{copies}", LADDER.len()));
    steps.extend(scaled);
    steps.push(sound());
    steps.join(";")
}

/// The layers, each a stream of its own.
fn layers() -> Vec<String> {
    let far = "H*(0.56+0.06*sin(4*PI*X/W)+0.03*sin(10*PI*X/W+1))";
    let middle = "H*(0.70+0.05*sin(2*PI*X/W+2)+0.02*sin(8*PI*X/W))";
    let near = |x: &str| format!("H*(0.84+0.04*sin(4*PI*{x}/W)+0.02*sin(6*PI*{x}/W))");
    // A tree each 160 pixels: ld(0) is the distance to its trunk, ld(1) the height of the ground there.
    let trees = format!(
        "st(0,mod(X,160)-80);st(1,{});255*min(1,gt(Y,{})+lt(hypot(ld(0),(Y-ld(1)+70)*0.8),34)\
         +lt(abs(ld(0)),4)*gt(Y,ld(1)-50))",
        near("(X-ld(0))"),
        near("X")
    );
    let above = |edge: &str| format!("255*gt(Y,{edge})");
    vec![
        still("1280x720", "140+75*Y/H", "158-30*Y/H", "106+24*Y/H", "255") + "[sky]",
        still("200x200", "225", "70", "150", "255*clip((100-hypot(X-100,Y-100))/40,0,1)") + "[sun]",
        still("1280x720", "95+20*(Y-H*0.5)/H", "138", "112", &above(far)) + &scrolling(1) + "[far]",
        still("1280x720", "108-30*(Y-H*0.6)/H+6*random(1)", "92", "110", &above(middle))
            + &scrolling(2)
            + "[middle]",
        still("1280x720", "if(gt(random(1),0.985),220,78-30*(Y-H*0.8)/H+12*random(2))", "96", "112", &trees)
            + &scrolling(4)
            + "[near]",
        clock(),
        format!("color=s=1280x8:c=white@0.7:r={FRAME_RATE},format=yuva420p[bar]"),
    ]
}

/// The layers on top of each other.
fn stacked() -> [String; 6] {
    [
        format!("[sky][sun]overlay=x='-200+(W+200)*t/{SECONDS}':y='330-260*sin(PI*t/{SECONDS})'[day]"),
        "[day][far]overlay[hills1]".into(),
        "[hills1][middle]overlay[hills2]".into(),
        "[hills2][near]overlay[hills3]".into(),
        "[hills3][clock]overlay=40:36[told]".into(),
        format!("[told][bar]overlay=x='-W+W*t/{SECONDS}':y=H-8[landscape]"),
    ]
}

/// One computed picture, repeated for ever.
fn still(size: &str, luma: &str, blue: &str, red: &str, alpha: &str) -> String {
    format!(
        "color=s={size}:r={FRAME_RATE},trim=end_frame=1,format=yuva444p,\
         geq=lum='{luma}':cb='{blue}':cr='{red}':a='{alpha}',format=yuva420p,loop=-1:1,setpts=N"
    )
}

/// Moves a layer sideways, `turns` times round in the length of the sample.
fn scrolling(turns: u32) -> String {
    format!(",scroll=h={turns}/{}", FRAME_RATE * SECONDS)
}

/// The time stamp of ffmpeg's test picture, in white on nothing.
fn clock() -> String {
    format!(
        "testsrc2=s=320x180:r={FRAME_RATE},crop=100:14:0:2,format=gray,lut=y='if(gt(val,90),255,0)',\
         scale=300:42:flags=neighbor,split[digits][shape];\
         [digits]lut=y=235,format=yuv420p[white];[white][shape]alphamerge[clock]"
    )
}

/// Two plucked notes a second from a pentatonic scale, over a soft low one.
fn sound() -> String {
    // ld(0) counts the notes, ld(1) is the degree of the scale, ld(2) the frequency, ld(3) the age of the note.
    // The samples are stamped late by what the AAC encoder puts in front of them: then its first packet
    // is at zero, with the first picture, and packagers need not shift either.
    "aevalsrc='st(0,floor(2*t));st(1,mod(ld(0)*3+floor(ld(0)/8),5));\
     st(2,261.63*pow(2,if(lt(ld(1),3),2*ld(1),2*ld(1)+1)/12));st(3,mod(t,0.5));\
     0.16*exp(-5*ld(3))*min(1,ld(3)*200)*(sin(2*PI*ld(2)*t)+0.3*sin(4*PI*ld(2)*t))\
     +0.03*sin(2*PI*130.815*t)*(1+0.5*sin(PI*t/4))':s=48000:c=mono,asetpts=PTS+1024[sound]"
        .into()
}
