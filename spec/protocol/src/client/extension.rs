//! What a client can ask beyond the old protocol. A daemon that does not have it refuses with `EOPNOTSUPP`.

use estats_spec::wire::CID_MIN;

use super::{Client, Error, link::BUFFER};
use crate::{
    extension::{Details, Events, ListenerReading, Row, Scalar, Scalars, Sheet, SheetRow},
    message::EstatsMessage,
};

impl Client {
    /// Lists all connections with their origin, in ascending order of their ids. Group, process and name are told only to root
    /// and to the user or group that owns the connection.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn details(&mut self) -> Result<Vec<Details>, Error> {
        let mut all = Vec::new();
        self.pages(
            0,
            |from| EstatsMessage::details(from, Some(BUFFER)),
            |message| {
                let details = Details::decode(message)?;
                let cid = details.tuple.cid;
                all.push(details);
                Ok(cid)
            },
        )?;
        Ok(all)
    }

    /// Reads everything that is measured of the connection `cid`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `EINVAL` if there is no such connection, with `EACCES` if the caller is neither root nor user or
    /// group of its owner; otherwise as in every exchange, see [`Client::connect`].
    pub fn read_row(&mut self, cid: u32) -> Result<Row, Error> {
        let mut row = None;
        self.exchange(EstatsMessage::read_row(cid), |message| {
            row = Some(Row::decode(message)?);
            Ok(())
        })?;
        match row {
            Some(row) if row.tuple.cid == cid => Ok(row),
            Some(_) => Err(Error::Malformed("it is about another connection".to_owned())),
            None => Err(Error::Malformed("it has no values".to_owned())),
        }
    }

    /// Reads everything that is measured of all connections that the caller may read, in ascending order of their ids.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn read_rows(&mut self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        self.pages(
            0,
            |from| EstatsMessage::read_rows(from, Some(BUFFER)),
            |message| {
                let row = Row::decode(message)?;
                let cid = row.tuple.cid;
                rows.push(row);
                Ok(cid)
            },
        )?;
        Ok(rows)
    }

    /// Reads everything that is measured of all connections that the caller may read, and hands them to `each` in ascending order of
    /// their ids while they come. Where they come from, [`Client::details`] tells.
    ///
    /// The daemon does not wait for a client that takes longer than half a minute for a datagram.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn read_sheets(&mut self, each: impl FnMut(&SheetRow<'_>)) -> Result<(), Error> {
        self.sheets(EstatsMessage::read_sheets(0, Some(BUFFER)), each)
    }

    /// As [`Client::read_sheets`], of the connections only that sent or received a segment since [`Client::timestamp`] gave this token.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn read_sheets_since(&mut self, token: u64, each: impl FnMut(&SheetRow<'_>)) -> Result<(), Error> {
        self.sheets(EstatsMessage::read_sheets(0, Some(BUFFER)).active_since(token), each)
    }

    fn sheets(&mut self, request: EstatsMessage, mut each: impl FnMut(&SheetRow<'_>)) -> Result<(), Error> {
        let mut next = CID_MIN.unsigned_abs();
        self.exchange(request, |message| {
            for row in Sheet::decode(message)?.rows() {
                let row = row?;
                if row.tuple.cid < next {
                    return Err(Error::Malformed("the ids of a list do not ascend".to_owned()));
                }
                next = row.tuple.cid.saturating_add(1);
                each(&row);
            }
            Ok(())
        })
    }

    /// Lists all listening sockets in ascending order of their ids, with everything that is measured of them.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn listeners(&mut self) -> Result<Vec<ListenerReading>, Error> {
        let mut listeners = Vec::new();
        self.pages(
            0,
            |from| EstatsMessage::list_listeners(from, Some(BUFFER)),
            |message| {
                let listener = ListenerReading::decode(message)?;
                let id = listener.tuple.id;
                listeners.push(listener);
                Ok(id)
            },
        )?;
        Ok(listeners)
    }

    /// Reads the scalars.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn scalars(&mut self) -> Result<Scalars, Error> {
        let mut scalars = None;
        self.exchange(EstatsMessage::read_scalars(), |message| {
            scalars = message.scalars().map(Scalars::from_attributes).transpose()?;
            Ok(())
        })?;
        scalars.ok_or_else(|| Error::Malformed("it has no scalars".to_owned()))
    }

    /// Sets a scalar.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `EACCES` if the caller is not root; otherwise as in every exchange, see [`Client::connect`].
    pub fn set_scalar(&mut self, scalar: Scalar) -> Result<(), Error> {
        self.exchange(EstatsMessage::write_scalar(scalar), |_| Ok(()))
    }

    /// Asks for notices of these events, and of no others, from here on; [`Client::notices`] and [`Client::next_notice`] give them.
    /// Other requests may be made meanwhile.
    ///
    /// Of closed connections only root and the user or group that owned them are told.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `ENOBUFS` if there are too many subscribers; otherwise as in every exchange, see
    /// [`Client::connect`].
    pub fn subscribe(&mut self, events: Events) -> Result<(), Error> {
        self.exchange(EstatsMessage::subscribe(events, Some(BUFFER)), |_| Ok(()))
    }
}
