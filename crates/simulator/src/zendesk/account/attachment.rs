//! The attachment object that is nested wherever files appear. It refuses to hold a file.

use crate::json::Json;

/// The attachment object that is nested wherever files appear.
pub(crate) fn attachment(
    json: &mut Json,
    id: i64,
    name: &str,
    kind: &str,
    size: i64,
    shape: Option<(i64, i64)>,
    thumbnail: bool,
) {
    let path = format!("https://acme.zendesk.com/attachments/token/{id}/?name={name}");
    json.open()
        .key("id")
        .int(id)
        .url("attachments", id)
        .key("file_name")
        .text(name)
        .key("content_url")
        .text(&path)
        .key("mapped_content_url")
        .text(&path)
        .key("content_type")
        .text(kind)
        .key("size")
        .int(size);
    json.key("width")
        .maybe_int(shape.map(|shape| shape.0))
        .key("height")
        .maybe_int(shape.map(|shape| shape.1))
        .key("inline")
        .boolean(false)
        .key("deleted")
        .boolean(false);
    json.key("malware_access_override")
        .boolean(false)
        .key("malware_scan_result")
        .text("malware_not_found")
        .key("thumbnails")
        .open_list();
    if thumbnail {
        attachment(
            json,
            id + 1,
            "thumb.png",
            "image/png",
            512,
            Some((80, 60)),
            false,
        );
    }
    json.close_list().close();
}
