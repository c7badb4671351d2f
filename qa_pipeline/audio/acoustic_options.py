"""Every threshold of the acoustic measurements in one place, so that it can be stored beside the values it made.

Levels are in dB of full scale as in ITU-T P.56: 0 dB is a square wave of the largest amplitude 16 bits hold, so a
full-scale sine is -3.0 dB. Speech on a well-set line is at about -22 dB (RFC 7874, 4: an RMS of 2,600).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

VAD_FRAMES_MS = (10, 20, 30)
VAD_MODES = (0, 1, 2, 3)
SHARES = ("dual_mono_correlation", "dual_mono_late_correlation", "bleeding_correlation", "clipped_ratio")


@dataclass(frozen=True, kw_only=True)
class AcousticOptions:
    """How speech is found and from where on a measurement is a defect. Raises ValueError for what can't be.

    Values were set on the recordings of samples/, whose sentences lie at known times, and on real two-channel calls.
    """

    vad_mode: int = 3
    """How strict WebRTC's detector is, 0 to 3. 3, with `vad_gain_db`, finds 99.6% of the samples' speech and calls 5%
    more speech (breaths, fading ends); 2 takes a tenth more of a real line's noise for speech."""
    vad_gain_db: float = 12.0
    """What channels are amplified by for the detector, which overlooks faint voices. Without it mode 3 finds nearly
    nothing of speech at -47 dB, with it two thirds; a good call's speech changes by 1 to 3%."""
    vad_frame_ms: int = 20
    """10, 20 or 30. 30 is a sixth faster and blurs ends, 10 takes half as long again and finds no more."""
    activity_floor_db: float = -60.0
    """Frames below it are no speech whatever the detector says: noise of quiet lines is at -75 to -60 dB."""
    min_pause_ms: int = 300
    """Shorter pauses belong to the speech around them: stops and breaths within a sentence last up to 250 ms."""
    min_speech_ms: int = 100
    """Shorter sounds are clicks; the shortest answers ("mm") last 150 ms."""

    tone_step_db: float = 0.15
    """Sound whose level changes by less than this from one 100 ms to the next (the median) is a tone, no speech: dial
    and ring tones, the beep of a recorded call. Voices change by 3 to 5 dB, the steadiest of 800 stretches by 0.4."""
    steady_step_db: float = 0.5
    """Sound whose level changes by less than this, and by less than `steady_range_db` from its faint to its loud parts,
    is noise, no speech: white noise changes by 0.2 dB."""
    steady_range_db: float = 2.0
    """See `steady_step_db`: between a tenth and nine tenths of the stretches. Voices have 3 dB and more."""

    clipping_level: int = 32_100
    """Amplitude of 16 bits from which a sample counts as full scale. The largest values are 32,124 in G.711 µ-law,
    32,256 in A-law and 32,767 in PCM; the next lower step of µ-law is 31,100."""
    clipping_run: int = 3
    """Samples at full scale in a row that make a flat top. Loud sound touches full scale with one or two."""

    max_lag_ms: int = 500
    """How far one channel is moved against the other to see whether both are one sound: a conference bridge may give
    the second one half a second later."""
    copy_lag_ms: int = 200
    """How far, at most, in search of a copy of the other party's voice: bleeding in a telephone or an exchange comes
    within a few ms, an echo from the far end of a national line within 100 ms, over the internet within 200 ms. Over
    more, a few seconds of two voices look alike by chance."""
    dominance_db: float = 6.0
    """How much louder a channel must be in a second for its copy to be sought in the other."""
    window_floor_db: float = -50.0
    """Seconds in which both channels are below it are not compared: noise of one machine can be alike in both."""

    dual_mono_correlation: float = 0.98
    """Two channels are one from here on. Real calls are below 0.07; joint-stereo codecs take a copy to 0.99."""
    dual_mono_late_correlation: float = 0.95
    """The same where one comes over 10 ms later, or by another clock: MP3 and the like then code each in its own way,
    down to 0.96."""
    bleeding_correlation: float = 0.2
    """Mean correlation, in the seconds in which one channel is louder, that shows a copy of it in the other. Calls
    without bleeding are below 0.03 over three seconds and more; bleeding at -20 dB is over 0.7, through the echoes of
    a small room 0.28 to 0.7, and straight at -40 dB still over 0.5."""
    bleeding_gain_db: float = -40.0
    """A weaker copy than this is no harm: no recognizer writes it down. Opus, which codes both channels together,
    leaves copies with a correlation up to 0.24 at -57 dB and less."""
    bleeding_windows: int = 3
    """Seconds that must agree; in one or two, two voices may look alike by chance."""
    copy_level_db: float = 15.0
    """A channel with nothing but a copy that is fainter by so much has nobody on it: sidetone and echo are 15 to 40 dB
    down. The two channels of a mix are hardly ever so far apart in level, and are dual mono."""
    unheard_speech_s: float = 0.5
    """A party with less speech than this is not heard: less than one short answer in the whole call. Noise near the
    floor gives moments that look like speech, so none at all would be too strict."""
    silent_db: float = -50.0
    """An unheard channel whose loudest second is below it is silent; line noise is at -75 to -56 dB."""
    faint_db: float = -36.0
    """Speech below it is faint: 14 dB under a well-set line. The quietest of the good real calls speaks at -34 dB, the
    faint one at -39 dB. Readings for speech corpora go down to -42 dB and are understood, having no noise: a reason
    to look, none to leave a channel out."""
    faint_speech_s: float = 1.0
    """Speech needed to judge how loud somebody speaks."""
    clipped_ratio: float = 0.0005
    """Share of samples in flat tops: at 8 kHz four a second, one audible crack. Good calls have none, the hot real
    one has ten times as many."""
    one_sided_speech_s: float = 3.0
    """Speech of the one party from which a call is one-sided when the other is not heard."""
    truncation_s: float = 0.25
    """Seconds that may be missing from the length the file was said to have; see `probing.TRUNCATION_TOLERANCE_S`."""
    late_s: float = 1.0
    """How much later than the other channel one must begin, with not even line noise before, to be out of step."""
    late_gap_s: float = 0.25
    """A channel that is without line noise for longer than this later on is one of a phone that leaves out silence,
    and its beginning says nothing."""
    drift_ms_per_min: float = 10.0
    """By how much the lag of one channel's copy in the other must change each minute for their clocks to run apart
    (0.017%): in ten minutes that is a tenth of a second, from where on answers seem quick or slow. Good clocks differ
    by 1 to 6."""
    swap_lead_s: float = 0.5
    """How much earlier the customer's channel must begin to speak than the agent's to count as speaking first."""
    swap_talk_ratio: float = 1.5
    """How many times the agent's speech the customer's must be to count as speaking more. Customers who call to
    complain speak somewhat more than agents often enough."""

    def __post_init__(self) -> None:
        if self.vad_mode not in VAD_MODES:
            raise ValueError(f"vad_mode is {self.vad_mode}; WebRTC's detector has the modes 0 to 3")
        if self.vad_frame_ms not in VAD_FRAMES_MS:
            raise ValueError(f"vad_frame_ms is {self.vad_frame_ms}; WebRTC's detector takes frames of 10, 20 or 30 ms")
        if not 1 <= self.max_lag_ms <= 1000:
            raise ValueError(f"max_lag_ms is {self.max_lag_ms}; choose 1 to 1000")
        if not 1 <= self.clipping_level <= 32_767:
            raise ValueError(f"clipping_level is {self.clipping_level}; choose 1 to 32767")
        if self.copy_lag_ms < 1:
            raise ValueError(f"copy_lag_ms is {self.copy_lag_ms}; choose at least 1")
        if self.clipping_run < 1 or self.bleeding_windows < 1:
            raise ValueError("clipping_run and bleeding_windows must be at least 1")
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name.endswith(("_ms", "_s", "_ms_per_min")) and value < 0:
                raise ValueError(f"{item.name} is {value}; a time can't be negative")
            if item.name in SHARES and not 0 <= value <= 1:
                raise ValueError(f"{item.name} is {value}; choose 0 to 1")
