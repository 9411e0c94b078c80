//! What a text says once its spelling is taken off, each byte with the place in the text that it comes from.

use crate::text::is_harmful;

/// No escape that a view is decoded from is longer.
pub(crate) const LONGEST_ESCAPE: usize = 24;

/// In a view, something that no key holds: a character outside ASCII, the border of a run of base64.
const OTHER: u8 = 0xff;

/// The names of HTML's entities for what is printable in ASCII, and for what shows as nothing.
const ENTITIES: [(&str, u8); 55] = [
    ("amp", b'&'),
    ("apos", b'\''),
    ("ast", b'*'),
    ("bsol", b'\\'),
    ("circ", b'^'),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("dash", b'-'),
    ("diacriticalgrave", b'`'),
    ("dollar", b'$'),
    ("equals", b'='),
    ("excl", b'!'),
    ("grave", b'`'),
    ("gt", b'>'),
    ("hat", b'^'),
    ("hyphen", b'-'),
    ("lbrace", b'{'),
    ("lbrack", b'['),
    ("lcub", b'{'),
    ("lowbar", b'_'),
    ("lpar", b'('),
    ("lsqb", b'['),
    ("lt", b'<'),
    ("midast", b'*'),
    ("minus", b'-'),
    ("nbsp", b' '),
    ("newline", b' '),
    ("nobreak", b' '),
    ("num", b'#'),
    ("percnt", b'%'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("rbrace", b'}'),
    ("rbrack", b']'),
    ("rcub", b'}'),
    ("rpar", b')'),
    ("rsqb", b']'),
    ("semi", b';'),
    ("shy", b' '),
    ("sol", b'/'),
    ("tab", b' '),
    ("tilde", b'~'),
    ("underbar", b'_'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("verticalline", b'|'),
    ("zerowidthspace", b' '),
    ("zwj", b' '),
    ("zwnj", b' '),
    ("ensp", b' '),
    ("emsp", b' '),
    ("thinsp", b' '),
];

/// A text, or what it decodes to. Offsets have 32 bits: bodies are read up to 1 MiB.
#[derive(Default)]
pub(crate) struct View {
    bytes: Vec<u8>,
    /// Where each byte comes from.
    sources: Vec<(u32, u32)>,
}

impl View {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut view = Self::with_capacity(bytes.len());
        for (at, byte) in (0..).zip(bytes) {
            view.push(*byte, (at, at + 1));
        }
        view
    }

    fn with_capacity(length: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(length),
            sources: Vec::with_capacity(length),
        }
    }

    fn push(&mut self, byte: u8, source: (u32, u32)) {
        self.bytes.push(byte);
        self.sources.push(source);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where in the text some of the view comes from.
    pub(crate) fn source(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        self.sources[start].0 as usize..self.sources[end - 1].1 as usize
    }

    /// The same without the zeros that UTF-16 and UTF-32 have between the characters of ASCII.
    pub(crate) fn without_zeros(self) -> Self {
        if self.bytes.contains(&0) {
            self.without(|rest| usize::from(rest[0] == 0))
        } else {
            self
        }
    }

    /// The same without what folds a text or is put between its characters: white space and control characters,
    /// characters that show as nothing, and `=`, which ends a folded line of quoted-printable and pads base64.
    pub(crate) fn folded(&self) -> Self {
        self.without(|rest| match rest {
            [0..=b' ' | b'=' | 0x7f, ..] => 1,
            [0xc2, 0xa0 | 0xad, ..] => 2,
            [0xe2, 0x80, 0x8b..=0x8f | 0xa8..=0xae, ..]
            | [0xe2, 0x81, 0xa0..=0xaf, ..]
            | [0xef, 0xbb, 0xbf, ..]
            | [0xef, 0xbf, 0xbd, ..] => 3,
            _ => 0,
        })
    }

    /// The same without as many bytes at each place as `skipped` says of the rest.
    fn without(&self, skipped: impl Fn(&[u8]) -> usize) -> Self {
        let mut view = Self::with_capacity(self.bytes.len());
        let mut at = 0;
        while at < self.bytes.len() {
            match skipped(&self.bytes[at..]) {
                0 => {
                    view.push(self.bytes[at], self.sources[at]);
                    at += 1;
                }
                length => at += length,
            }
        }
        view
    }

    /// The same without the `+` that form encoding has for a space, where there is percent-encoding as well.
    pub(crate) fn without_form_spaces(&self) -> Option<Self> {
        let may_be_form = self.bytes.contains(&b'+') && self.bytes.contains(&b'%');
        may_be_form.then(|| self.without(|rest| usize::from(rest[0] == b'+')))
    }

    /// What every escape in it stands for, taken off once; `None` where there is none.
    pub(crate) fn decoded(&self) -> Option<Self> {
        let mut at = self.bytes.iter().position(|byte| begins_escape(*byte))?;
        let mut view = Self::with_capacity(self.bytes.len());
        view.bytes.extend_from_slice(&self.bytes[..at]);
        view.sources.extend_from_slice(&self.sources[..at]);
        let mut any = false;
        while at < self.bytes.len() {
            if let Some((byte, length)) = escape(&self.bytes[at..]) {
                any = true;
                let end = self.sources[at + length - 1].1;
                view.push(byte, (self.sources[at].0, end));
                at += length;
            } else {
                view.push(self.bytes[at], self.sources[at]);
                at += 1;
            }
        }
        any.then_some(view)
    }

    /// Quoted-printable taken off, where there is any. It is no [escape](Self::decoded) like others, since in
    /// `key=ab12` the same characters are the beginning of a key.
    pub(crate) fn unquoted_printable(&self) -> Option<Self> {
        let escape_at = |at: usize| match self.bytes.get(at..)? {
            [b'=', high, low, ..] => hexadecimal(&[*high, *low]),
            _ => None,
        };
        let first = (0..self.bytes.len()).find(|at| escape_at(*at).is_some())?;
        let mut view = Self::with_capacity(self.bytes.len());
        view.bytes.extend_from_slice(&self.bytes[..first]);
        view.sources.extend_from_slice(&self.sources[..first]);
        let mut at = first;
        while at < self.bytes.len() {
            let length = if let [b'='] | [b'=', _] = self.bytes[at..] {
                // Of a text that broke off, an escape that is not whole.
                2
            } else if let Some(code) = escape_at(at) {
                view.push(
                    character(code),
                    (self.sources[at].0, self.sources[at + 2].1),
                );
                3
            } else {
                view.push(self.bytes[at], self.sources[at]);
                1
            };
            at += length;
        }
        Some(view)
    }

    /// What its base64 decodes to, standard or for URLs, where each run of it begins after `skipped` characters: words
    /// may stand directly before it. Only runs that may hold `shortest` bytes count.
    pub(crate) fn unpacked(&self, skipped: usize, shortest: usize) -> Self {
        let mut view = Self::default();
        let mut at = 0;
        while at < self.bytes.len() {
            let run = self.bytes[at..]
                .iter()
                .position(|byte| sextet(*byte).is_none())
                .unwrap_or(self.bytes.len() - at);
            let end = at + run;
            if run * 3 / 4 >= shortest && run > 1 {
                view.unpack(self, (at + skipped).min(end), end);
                if let Some(&byte) = self.bytes.get(end) {
                    // An escape at the end may be one that is not whole.
                    let last = self.bytes.len() - end < LONGEST_ESCAPE && begins_escape(byte);
                    view.push(if last { byte } else { OTHER }, self.sources[end]);
                }
            }
            at = end + 1;
        }
        view.stretches(shortest)
    }

    /// Its stretches of at least `shortest` bytes that may be text in ASCII or UTF-16. What only looks like base64 decodes
    /// to bytes that have hardly any.
    fn stretches(&self, shortest: usize) -> Self {
        let is_text = |byte: &u8| byte.is_ascii() && (*byte >= b' ' || b"\0\t\r\n".contains(byte));
        let mut view = Self::default();
        let mut at = 0;
        while at < self.bytes.len() {
            let length = self.bytes[at..]
                .iter()
                .position(|byte| !is_text(byte))
                .unwrap_or(self.bytes.len() - at);
            if length >= shortest {
                for place in at..at + length {
                    view.push(self.bytes[place], self.sources[place]);
                }
                if let Some(source) = self.sources.get(at + length) {
                    view.push(OTHER, *source);
                }
            }
            at += length + 1;
        }
        view
    }

    /// Adds what a run of base64 decodes to; of its last group, what is there.
    fn unpack(&mut self, packed: &Self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let group = &packed.bytes[at..end.min(at + 4)];
            let mut bits = 0_u32;
            for byte in group {
                bits = bits << 6 | u32::from(sextet(*byte).unwrap_or_default());
            }
            bits <<= 6 * (4 - group.len());
            let [_, bytes @ ..] = bits.to_be_bytes();
            for (number, byte) in bytes.iter().take(group.len() - 1).enumerate() {
                let from = at + number;
                let source = (packed.sources[from].0, packed.sources[from + 1].1);
                self.push(*byte, source);
            }
            at += group.len();
        }
    }
}

/// Whether an [`escape`] may begin with this byte.
pub(crate) fn begins_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | b'<')
}

/// What an escape at the beginning stands for, and its length: percent-encoding, escapes of JSON and of programming
/// languages, entities and line breaks of HTML.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let (&first, rest) = text.split_first()?;
    let fixed = |skip: usize, digits: usize| {
        let code = hexadecimal(rest.get(skip..skip + digits)?)?;
        Some((character(code), 1 + skip + digits))
    };
    match (first, rest.first()?) {
        (b'%', b'u') => fixed(1, 4),
        (b'%', _) => fixed(0, 2),
        (b'\\', b'u') if rest.get(1) == Some(&b'{') => {
            let length = rest.iter().take(12).position(|byte| *byte == b'}')?;
            let code = hexadecimal(&rest[2..length])?;
            Some((character(code), length + 2))
        }
        (b'\\', b'u') => fixed(1, 4),
        (b'\\', b'x') => fixed(1, 2),
        (b'\\', b'n' | b'r' | b't' | b'b' | b'f') => Some((b' ', 2)),
        (b'\\', byte) if byte.is_ascii_punctuation() => Some((*byte, 2)),
        (b'&', b'#') => {
            let (prefix, base) = match rest.get(1)? {
                b'x' | b'X' => (2, 16),
                _ => (1, 10),
            };
            let digits = rest[prefix..]
                .iter()
                .take(8)
                .take_while(|byte| char::from(**byte).is_digit(base))
                .count();
            let end = prefix + digits;
            let text = str::from_utf8(&rest[prefix..end]).ok()?;
            let code = u32::from_str_radix(text, base).ok()?;
            let semicolon = usize::from(rest.get(end) == Some(&b';'));
            // Not before what folds it, as in `&#4\n3;`, is taken out.
            if rest.get(end) == Some(&b'\\') {
                return None;
            }
            Some((character(code), 1 + end + semicolon))
        }
        (b'&', _) => {
            let end = rest
                .iter()
                .take(LONGEST_ESCAPE - 2)
                .position(|byte| *byte == b';')?;
            let name = &rest[..end];
            ENTITIES
                .iter()
                .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))
                .map(|(_, byte)| (*byte, end + 2))
        }
        (b'<', _) => [&b"br>"[..], b"br/>", b"wbr>", b"wbr/>"]
            .iter()
            .find(|tag| {
                rest.get(..tag.len())
                    .is_some_and(|rest| rest.eq_ignore_ascii_case(tag))
            })
            .map(|tag| (b' ', tag.len() + 1)),
        _ => None,
    }
}

/// A character as a byte of a view.
fn character(code: u32) -> u8 {
    match char::from_u32(code) {
        Some(c) if c.is_ascii() => c as u8,
        // What shows as nothing stands between characters.
        Some(c) if is_harmful(c) || c.is_whitespace() => b' ',
        _ => OTHER,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |code, digit| {
        Some(code.checked_mul(16)? + char::from(*digit).to_digit(16)?)
    })
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
