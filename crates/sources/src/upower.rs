//! [`Upower`]: what feeds the machine.

use std::io;

use crossbeam_channel::Sender;
use zbus::message::Message;

use crate::bus::{self, Bus, Heard, PROPERTIES_CHANGED, Properties, Service, Talk, property};
use crate::sign::{Power, Sign, Source};
use crate::worker::Worker;

const NAME: &str = "org.freedesktop.UPower";
const PATH: &str = "/org/freedesktop/UPower";
/// All batteries seen as one.
const DISPLAY_DEVICE: &str = "/org/freedesktop/UPower/devices/DisplayDevice";
const DEVICE: &str = "org.freedesktop.UPower.Device";

/// Listens to `UPower`; tells [`Sign::Power`].
#[derive(Debug)]
pub struct Upower {
    _worker: Worker,
}

impl Upower {
    /// Starts listening; connecting happens on the source's own thread.
    ///
    /// # Errors
    ///
    /// When no thread can be started. That there is no such service or bus is told as [`Sign::Absent`].
    pub fn start(bus: Bus, signs: Sender<Sign>) -> io::Result<Self> {
        Ok(Self { _worker: bus::start(Listener { told: None }, bus, signs)? })
    }
}

struct Listener {
    told: Option<Sign>,
}

impl Service for Listener {
    const SOURCE: Source = Source::Upower;
    const NAME: &'static str = NAME;

    fn rules(&self) -> Vec<String> {
        [PATH, DISPLAY_DEVICE].map(|path| format!("{PROPERTIES_CHANGED},path='{path}'")).into()
    }

    async fn look(&mut self, talk: &mut Talk) -> zbus::Result<Vec<Sign>> {
        let main = talk.properties(NAME, PATH, NAME).await?;
        let device = talk.properties(NAME, DISPLAY_DEVICE, DEVICE).await?;
        let power = power(&main, &device);
        if self.told.as_ref() == Some(&power) {
            return Ok(Vec::new());
        }
        self.told = Some(power.clone());
        Ok(vec![power])
    }

    fn hear(&mut self, _: &Message) -> Heard {
        Heard::Look
    }

    fn forget(&mut self) {
        self.told = None;
    }
}

fn power(main: &Properties, device: &Properties) -> Sign {
    let on = match property(main, "OnBattery") {
        Some(true) => Power::Battery,
        Some(false) | None => Power::Mains,
    };
    let present = property(device, "IsPresent").unwrap_or(false);
    // Rounded down, because what asks for it asks for at least so much.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 100")]
    let percent = property(device, "Percentage").map(|percent: f64| percent.clamp(0.0, 100.0) as u8);
    Sign::Power { on, percent: percent.filter(|_| present) }
}

#[cfg(test)]
mod tests {
    use zbus::OwnedVariant;

    use super::*;

    #[test]
    fn the_charge_counts_only_where_a_battery_is_present() {
        let main = |on: bool| Properties::from([("OnBattery".into(), OwnedVariant::from(on))]);
        let device = |percent: f64, present: bool| {
            Properties::from([
                ("Percentage".into(), OwnedVariant::from(percent)),
                ("IsPresent".into(), OwnedVariant::from(present)),
            ])
        };
        for (main, device, on, percent) in [
            (main(true), device(41.9, true), Power::Battery, Some(41)),
            (main(false), device(100.0, true), Power::Mains, Some(100)),
            (main(false), device(0.0, false), Power::Mains, None),
            (main(true), device(f64::NAN, true), Power::Battery, Some(0)),
            (main(true), device(250.0, true), Power::Battery, Some(100)),
            (Properties::new(), Properties::new(), Power::Mains, None),
        ] {
            assert_eq!(power(&main, &device), Sign::Power { on, percent });
        }
    }
}
