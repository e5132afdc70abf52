//! What people write: names, subjects, sentences, in several scripts and with every character that breaks naive code.
//! It refuses to know tickets or users; it only turns dice into text.

use std::fmt::Write as _;

use crate::random::Dice;

const FIRST: &[&str] = &[
    "Ada",
    "Ahmed",
    "Aiko",
    "Alejandra",
    "Amélie",
    "Anders",
    "Anjali",
    "Björn",
    "Carlos",
    "Chloé",
    "Daniel",
    "Dilnoza",
    "Elena",
    "Emeka",
    "Fatima",
    "Gabriel",
    "Grace",
    "Hannah",
    "Igor",
    "Ingrid",
    "Jamal",
    "Jane",
    "João",
    "Josef",
    "Katarzyna",
    "Kenji",
    "Lars",
    "Leïla",
    "Liam",
    "Mateo",
    "Mei",
    "Mohammed",
    "Nia",
    "Noah",
    "Olga",
    "Oliver",
    "Priya",
    "Rasmus",
    "Renée",
    "Sofia",
    "Søren",
    "Tamar",
    "Thomas",
    "Umar",
    "Valentina",
    "Wanjiru",
    "Xavier",
    "Yusuf",
    "Zoë",
    "Łukasz",
];
const LAST: &[&str] = &[
    "Abe",
    "Adeyemi",
    "Álvarez",
    "Andersen",
    "Bauer",
    "Bianchi",
    "Brown",
    "Chen",
    "Costa",
    "D'Angelo",
    "Diallo",
    "Eriksson",
    "Fischer",
    "García",
    "Haddad",
    "Hansen",
    "Ivanov",
    "Jensen",
    "Johnson",
    "Kim",
    "Kowalska",
    "Kumar",
    "Larsen",
    "Leclerc",
    "Li",
    "López",
    "Mbeki",
    "Meyer",
    "Müller",
    "Nguyen",
    "Novák",
    "O'Brien",
    "O’Neill",
    "Okafor",
    "Olsen",
    "Papadopoulos",
    "Patel",
    "Petrov",
    "Reyes",
    "Rossi",
    "Saint-Exupéry",
    "Schmidt",
    "Silva",
    "Smith",
    "Şahin",
    "Tanaka",
    "van der Berg",
    "Weiß",
    "Wójcik",
    "Yılmaz",
];
const JAPANESE: &[&str] = &[
    "山田 太郎",
    "佐藤 花子",
    "鈴木 一郎",
    "高橋 さくら",
    "田中 健太",
    "伊藤 美咲",
    "渡辺 大輔",
    "中村 結衣",
    "髙橋 翔太",
    "小林 愛",
];
const OTHER: &[&str] = &[
    "Владимир Кузнецов",
    "王小明",
    "김민준",
    "محمد علي",
    "דוד כהן",
    "ณัฐวุฒิ สุขใจ",
    "Αλέξανδρος Νικολάου",
    "Robert \"Bob\" Ross",
    "Sam 🙂 Sunshine",
    "C:\\Users\\pat",
    "👩‍💻 Dev Ops",
    "Null",
    "Zoe\u{301} Decomposed",
    "  Leading Spaces",
    "Tab\tBetween",
    "Line\nBreak",
    "<b>Bold</b> & Co",
    "%wild_card%",
    "D'Arcy; DROP TABLE tickets",
    "{{ticket.title}}",
];

const TOPICS: &[&str] = &[
    "invoice",
    "refund",
    "password reset",
    "shipping delay",
    "login error",
    "API timeout",
    "damaged parcel",
    "subscription",
    "duplicate charge",
    "printer",
    "mobile app",
    "data export",
    "dashboard",
    "SSO",
    "webhook",
    "feature request",
    "address change",
    "warranty",
    "coupon code",
    "Wi-Fi router",
];
const OPENINGS: &[&str] = &[
    "Problem with",
    "Question about",
    "Urgent:",
    "Re:",
    "Fwd:",
    "Cannot access",
    "Help with",
    "Feedback on",
    "Cancel",
    "Missing",
    "Wrong",
    "[External]",
    "How do I change the",
    "Broken",
];
const SUBJECTS: &[&str] = &[
    "請求書について質問があります",
    "パスワードを再設定できません 🙏",
    "配送が遅れています",
    "Facture n° 2024-118 introuvable",
    "Rechnung fehlt – bitte prüfen",
    "¿Dónde está mi pedido?",
    "She said \"it's broken\"",
    "Path C:\\temp\\new is missing",
    "50% off_code doesn't work",
    "🔥🔥 site down 🔥🔥",
    "a-b test: e.g. foo@bar.com / 'x' = 1",
    "tab\there",
    "  spaces  everywhere  ",
    "Не могу войти в аккаунт",
    "Ticket: \u{2028}line separator",
    "O'Reilly's order",
    "status:open priority:urgent",
    "NULL",
    "订单 #88-Ü",
    "𝔘nicode ｆｕｌｌｗｉｄｔｈ",
];
const SENTENCES: &[&str] = &[
    "I ordered three weeks ago and nothing has arrived yet.",
    "The page shows an error as soon as I press Save.",
    "Could you please look into this today?",
    "Our finance team needs the corrected invoice before the end of the month.",
    "We tried to restart the router twice, without luck.",
    "It worked yesterday, and nobody changed anything.",
    "Thanks a lot for the quick reply!",
    "I have attached a screenshot of the message.",
    "The tracking number doesn't exist according to the carrier.",
    "When I log in with SSO, I am sent back to the start page.",
    "Please cancel the subscription and refund the last payment.",
    "The export contains only half of the rows we expect.",
    "This is the second time I write about the same problem.",
    "Your colleague said \"tomorrow\" — that was last week.",
    "The path is C:\\Program Files\\Acme\\config.ini, in case it matters.",
    "お世話になっております。ログインできない状態が続いています。",
    "ご確認のほど、よろしくお願いいたします。",
    "配送状況を教えてください。",
    "Bitte prüfen Sie die Rechnung; der Betrag (1.234,56 €) stimmt nicht.",
    "Merci de vérifier l'adresse de livraison.",
    "Gracias, ¡todo funciona otra vez!",
    "Everything is fine now 🙂👍🏽",
    "Step one: open the app.\nStep two: tap Settings.\nStep three: it crashes.",
    "column\tvalue\nsize\t42",
    "We measured 3.5 seconds per request, up from 0.2.",
    "See https://example.com/help?topic=billing&lang=en#refunds for what I followed.",
    "The customer is waiting on the phone.",
    "Our contract says < 4 hours & > 99.9% uptime.",
];
const COMPANIES: &[&str] = &[
    "Acme",
    "Globex",
    "Initech",
    "Umbrella",
    "Hooli",
    "Vandelay",
    "Stark",
    "Wayne",
    "Wonka",
    "Tyrell",
    "Cyberdyne",
    "Aperture",
    "Soylent",
    "Gringotts",
    "Oceanic",
    "Nakatomi",
    "Société Étoile",
    "株式会社さくら",
    "Blåbær",
    "Żółw",
    "Müller & Söhne",
    "O'Malley's",
    "\"Quoted\" Goods",
    "Back\\slash",
];
const FORMS: &[&str] = &[
    "Inc.",
    "GmbH",
    "Ltd",
    "S.A.",
    "AB",
    "LLC",
    "K.K.",
    "Foundation",
    "Labs",
    "Group",
];

pub(crate) fn person(dice: &mut Dice) -> String {
    match dice.below(100) {
        0..=7 => (*dice.pick(JAPANESE)).to_owned(),
        8..=13 => (*dice.pick(OTHER)).to_owned(),
        _ => {
            let first = dice.pick(FIRST);
            format!("{first} {}", dice.pick(LAST))
        }
    }
}

/// The mailbox part of an address: ASCII letters of the name, or a word when there are none.
pub(crate) fn mailbox(name: &str) -> String {
    let letters: String = name
        .chars()
        .filter_map(|c| {
            if c == ' ' {
                Some('.')
            } else {
                c.is_ascii_alphabetic().then_some(c.to_ascii_lowercase())
            }
        })
        .collect();
    let trimmed = letters.trim_matches('.');
    if trimmed.is_empty() {
        "contact".to_owned()
    } else {
        trimmed.to_owned()
    }
}

pub(crate) fn company(dice: &mut Dice, index: u32) -> String {
    let name = dice.pick(COMPANIES);
    let form = dice.pick(FORMS);
    format!("{name} {form} {}", index + 1)
}

pub(crate) fn subject(dice: &mut Dice) -> String {
    if dice.chance(120) {
        return (*dice.pick(SUBJECTS)).to_owned();
    }
    let opening = dice.pick(OPENINGS);
    let mut text = format!("{opening} {}", dice.pick(TOPICS));
    if dice.chance(300) {
        let _ = write!(text, " #{}", dice.below(90_000) + 10_000);
    }
    text
}

/// A text of about `length` bytes, of whole sentences.
pub(crate) fn text(dice: &mut Dice, length: usize) -> String {
    let mut text = String::with_capacity(length + 160);
    while text.len() < length {
        if !text.is_empty() {
            text.push_str(if dice.chance(180) { "\n\n" } else { " " });
        }
        text.push_str(dice.pick::<&str>(SENTENCES));
    }
    text
}

/// Minimal HTML for a plain text, escaped as a mail would be.
pub(crate) fn html(plain: &str) -> String {
    let mut html = String::with_capacity(plain.len() + 80);
    html.push_str("<div class=\"zd-comment\" dir=\"auto\"><p>");
    for letter in plain.chars() {
        match letter {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html.push_str("</p></div>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_deterministic_and_varied() {
        let draw = |index| person(&mut Dice::new(1, 1, index));
        assert_eq!(draw(5), draw(5));
        let names: std::collections::BTreeSet<_> = (0..500).map(draw).collect();
        assert!(names.len() > 300, "{}", names.len());
        assert!(
            names
                .iter()
                .any(|name| name.contains('太') || name.contains('花'))
        );
        assert!(
            names.iter().any(|name| name.contains('"'))
                && names.iter().any(|name| name.contains('\''))
        );
    }

    #[test]
    fn mailboxes_are_plain() {
        for (name, expected) in [
            ("Zoë d'Ark", "zo.dark"),
            ("山田 太郎", "contact"),
            ("Robert \"Bob\" Ross", "robert.bob.ross"),
        ] {
            assert_eq!(mailbox(name), expected);
        }
    }
}
